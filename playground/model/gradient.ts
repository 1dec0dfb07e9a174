import { computed } from '@preact/signals';
import { indexOf, type Level, readHead } from '../../src/reference/levels.ts';
import { options } from './head.ts';
import { evaluation, image } from './state.ts';

/** L2 norm of each level's gradient, over the whole batch. */
export const levelNorms = computed(() =>
  (evaluation.value?.grads ?? []).map(({ data }) => {
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += data[i] * data[i];
    return Math.sqrt(sum);
  }),
);

/** L2 norm of the gradient at each cell of a level, over its channels. */
export interface CellNorms {
  width: number;
  height: number;
  /** [H, W] */
  norms: Float32Array;
  largest: number;
}

/** Norms of the image in view, one entry per level. */
export const cellNorms = computed((): CellNorms[] => {
  const [evaluated, resolved] = [evaluation.value, options.value];
  if (!evaluated || !resolved) return [];
  // Gradients have the structure of the predictions
  const { levels, regMax, numClasses } = readHead(evaluated.grads, resolved);
  return levels.map((level) => normsOf(level, 4 * regMax + numClasses));
});

/** Combines levels on the finest of their grids. Norms of overlapping cells add up like parts of one vector. */
export function combine(levels: readonly CellNorms[]): CellNorms {
  const [{ width, height }] = [...levels].sort((a, b) => b.norms.length - a.norms.length);
  const norms = Float32Array.from({ length: width * height }, (_, cell) => {
    const x = ((cell % width) + 0.5) / width;
    const y = (Math.floor(cell / width) + 0.5) / height;
    return Math.hypot(...levels.map((level) => normAt(level, x, y)));
  });
  return { width, height, norms, largest: largestOf(norms) };
}

function normAt({ width, height, norms }: CellNorms, x: number, y: number): number {
  return norms[Math.floor(y * height) * width + Math.floor(x * width)];
}

function normsOf(level: Level, channels: number): CellNorms {
  const { width, height, data } = level;
  const squares = new Float32Array(width * height);
  for (let channel = 0; channel < channels; channel++) {
    for (let cell = 0; cell < squares.length; cell++) {
      squares[cell] += data[indexOf(level, image.value, channel, cell)] ** 2;
    }
  }
  const norms = squares.map(Math.sqrt);
  return { width, height, norms, largest: largestOf(norms) };
}

function largestOf(norms: Float32Array): number {
  return norms.reduce((max, norm) => (norm > max ? norm : max), 0);
}
