import { afterEach, describe, it } from 'vitest';
import { softmax } from '../../../src/reference/softmax.ts';
import { expectCloseL2 } from '../../lib/compare.ts';
import { KernelMemory, lengths } from '../../lib/kernels.ts';
import { uniforms } from '../../lib/random.ts';

/** Relative L2 error: float32's exponential is good to 3e-7, which sums average out. */
const BOUND = 5e-7;
/** Factors of a class. */
const FACTORS = 3;

const memory = await KernelMemory.ofPixels();
afterEach(() => memory.settle());

interface Problem {
  pixels: number;
  classes: number;
  /** [pixels][classes] */
  logits: number[][];
  labels: number[];
  /** [classes][3] */
  factors: number[][];
}

function randomProblem(pixels: number, classes: number, std: number): Problem {
  const uniform = uniforms(100 * pixels + classes);
  const listOf = (length: number, next: () => number) => Array.from({ length }, next);
  const number = () => Math.fround(std * (2 * uniform() - 1));
  return {
    pixels,
    classes,
    logits: Array.from({ length: pixels }, () => listOf(classes, number)),
    labels: listOf(pixels, () => Math.floor(uniform() * (classes + 1)) - 1),
    factors: Array.from({ length: classes }, () => listOf(FACTORS, number)),
  };
}

/** Addresses of the pixels that both kernels have, with nothing readable behind a multiple of 4 pixels. */
function placed({ pixels, classes, logits, labels }: Problem) {
  const columns = Math.ceil(pixels / 4) * 4;
  const planes = new Float32Array(classes * columns).fill(Number.NaN);
  const padded = new Int32Array(columns).fill(-1);
  padded.set(labels);
  logits.forEach((row, i) => {
    row.forEach((x, c) => {
      planes[c * columns + i] = x;
    });
  });
  const at = memory.block(planes);
  const read = () => {
    const own = memory.f32(at, planes.length);
    return logits.map((row, i) => row.map((_, c) => own[c * columns + i]));
  };
  const common = { planes: at, pitch: 4 * columns, labels: memory.input(padded), pixels, classes };
  return { common, read };
}

function expectedSums({ classes, logits, labels }: Problem): number[] {
  const sums = new Array(4 * classes).fill(0);
  logits.forEach((row, i) => {
    const { probabilities, logProbabilities } = softmax(row);
    if (labels[i] < 0) return;
    probabilities.forEach((p, c) => {
      if (c !== labels[i]) {
        sums[4 * c] += p;
        sums[4 * labels[i] + 1] += p;
      }
    });
    sums[4 * labels[i] + 2] -= logProbabilities[labels[i]];
    sums[4 * labels[i] + 3]++;
  });
  return sums;
}

function expectedGrads({ logits, labels, factors }: Problem): number[][] {
  return logits.map((row, i) => {
    if (labels[i] < 0) return row.map(() => 0);
    const { probabilities: p } = softmax(row);
    const [weight] = factors[labels[i]];
    const slopes = factors.map(([, own, other], c) => (c === labels[i] ? own : other));
    const mean = slopes.reduce((sum, slope, c) => sum + slope * p[c], 0);
    return p.map((own, c) => weight * (own - Number(c === labels[i])) + own * (slopes[c] - mean));
  });
}

describe.each([2, 3, 19])('softmax of %d classes', (classes) => {
  it.each(lengths)(`%d pixels: sums and gradients to ${BOUND}`, (pixels) => {
    for (const std of [0.1, 1, 30]) {
      const problem = randomProblem(pixels, classes, std);
      const sums = memory.block(new Float64Array(4 * classes));
      const scratch = memory.block(new Float64Array(2 * classes));
      memory.call('softmaxSums', { ...placed(problem).common, scratch, sums });
      expectCloseL2('sums', memory.f64(sums, 4 * classes), expectedSums(problem), BOUND);

      const { common, read } = placed(problem);
      const factors = memory.input(Float32Array.from(problem.factors.flat()));
      memory.call('softmaxGrad', { ...common, factors });
      expectCloseL2('gradient', read().flat(), expectedGrads(problem).flat(), BOUND);
    }
  });
});
