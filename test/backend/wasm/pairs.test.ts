import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Assigner } from '../../../src/backend/assign/assigner.ts';
import type { Pairs, Ranking, Steps, TargetPairs } from '../../../src/backend/assign/pairs.ts';
import { evenCount } from '../../../src/backend/assign/positives.ts';
import type { Arena } from '../../../src/backend/runtime/arena.ts';
import { JOIN } from '../../../src/backend/runtime/task.ts';
import { assign } from '../../../src/backend/wasm/assign.ts';
import { type BoxIouKind, OVERLAP_KINDS } from '../../../src/kinds.ts';
import { resolveOptions } from '../../../src/reference/options.ts';
import { runSync } from '../../../src/stages.ts';
import {
  type Engine,
  engines,
  stageHead,
  stagePredictions,
  stageTargets,
} from '../../lib/stage-inputs.ts';
import { buildOrientedCase, orientedExtra, taskRecipes } from '../../lib/task-cases.ts';

const RUNS = { seed: 20_260_112, numRuns: 100 };

/** A target's pairs, bits of overlaps and logits, and the ascending positions of those that were chosen. */
interface Choice {
  target: number;
  anchors: Int32Array;
  overlaps: Int32Array;
  logits: Int32Array;
  chosen: Int32Array;
}

function choiceOf({ i32 }: Arena, target: number, pairs: TargetPairs, best: number, count: number) {
  const words = (at: number, length: number) => i32.slice(at >>> 2, (at >>> 2) + length);
  return {
    target,
    anchors: words(pairs.anchors, pairs.count),
    overlaps: words(pairs.overlaps, pairs.count),
    logits: words(pairs.logits, pairs.count),
    chosen: words(best, count).sort(),
  };
}

/** Chooses by the fused kernel for every target of an image. */
function* chooseFused(pairs: Pairs, ranking: Ranking): Steps<Choice[]> {
  const choices: Choice[] = [];
  for (let target = 0; target < pairs.candidates.targets; target++) {
    const step = pairs.choose(target, ranking, (own, best, chosen) => {
      choices.push(choiceOf(pairs.engine.arena, target, own, best, chosen));
    });
    if (step) yield step;
  }
  yield JOIN;
  return choices;
}

/** Chooses by `visit` and then the kernel `rank`, as backends without a fused kernel do. */
function* chooseRanked(pairs: Pairs, ranking: Ranking): Steps<Choice[]> {
  const { engine, anchors } = pairs;
  const alignments = engine.arena.take(evenCount(anchors) * 8);
  const best = engine.arena.take(anchors * 4);
  const choices: Choice[] = [];
  for (let target = 0; target < pairs.candidates.targets; target++) {
    const step = pairs.visit(target, (own) => {
      const { count, overlaps, logits } = own;
      const memory = { count, overlaps, logits, alignments, chosen: best };
      const chosen = engine.call('rank', { ...memory, ...ranking });
      choices.push(choiceOf(engine.arena, target, own, best, chosen));
    });
    if (step) yield step;
  }
  yield JOIN;
  return choices;
}

/** Chooses in both ways, and assigns nothing. */
function comparing(
  kind: BoxIouKind,
  ranking: Ranking,
  choices: Record<'fused' | 'ranked', Choice[][]>,
): Assigner {
  return {
    needs: { overlap: kind, topk: ranking.topk, smallTargets: false },
    *assign(pairs) {
      const { image } = pairs;
      choices.fused[image] = yield* chooseFused(pairs, ranking);
      choices.ranked[image] = yield* chooseRanked(pairs, ranking);
      const [none, noWeights] = [new Int32Array(0), new Float32Array(0)];
      return { image, anchors: none, targets: none, classTargets: noWeights, weights: noWeights };
    },
  };
}

/** Chooses in both ways for every target of a problem. */
function chooseBoth(
  engine: Engine,
  kind: BoxIouKind,
  problem: ReturnType<typeof buildOrientedCase>,
) {
  const { predictions: given, targets, options } = problem;
  const isRotated = kind === 'probiou';
  const angles = isRotated ? given.angles.data : null;
  const { predictions } = stagePredictions(given.feats, options, angles);
  const grouped = stageTargets(targets, predictions.batch, 5);
  const boxes = isRotated ? grouped : { ...grouped, angles: new Float64Array(0) };
  const choices: Record<'fused' | 'ranked', Choice[][]> = { fused: [], ranked: [] };
  const assigner = comparing(kind, resolveOptions(options).assigner, choices);
  runSync('test', assign(stageHead(engine, predictions, boxes, { assigner })));
  // Workers may finish the tasks of an image in any order
  const inOrder = (images: Choice[][]) =>
    images.map((all) => all.sort((a, b) => a.target - b.target));
  return { fused: inOrder(choices.fused), ranked: inOrder(choices.ranked) };
}

describe.each(engines)('WasmPairs: $name', ({ engine, effort }) => {
  it.each([...OVERLAP_KINDS, 'probiou'] as const)(
    '%s, random problems: choose has the bits of visit and rank',
    (kind) => {
      let chosen = 0;
      const check = (recipe: Parameters<typeof buildOrientedCase>[0], bad: number | null) => {
        const problem = buildOrientedCase(recipe);
        if (bad !== null) {
          for (const { data } of problem.predictions.feats) {
            for (let i = 0; i < data.length; i += 97) data[i] = bad;
          }
        }
        const { fused, ranked } = chooseBoth(engine, kind, problem);
        expect(fused).toEqual(ranked);
        chosen += fused.flat().reduce((sum, own) => sum + own.chosen.length, 0);
      };
      const bad = fc.option(fc.constantFrom(Number.NaN, Infinity, -Infinity));
      const numRuns = Math.ceil(RUNS.numRuns * effort);
      fc.assert(fc.property(taskRecipes(orientedExtra), bad, check), { ...RUNS, numRuns });
      expect(chosen).toBeGreaterThan(numRuns);
    },
  );
});
