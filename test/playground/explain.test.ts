import { batch } from '@preact/signals';
import { expect, it } from 'vitest';
import { Evaluator } from '../../playground/model/evaluate.ts';
import { explain } from '../../playground/model/explain.ts';
import { grownEdges } from '../../playground/model/grown-box.ts';
import { head, positives } from '../../playground/model/head.ts';
import { boxesOf, type Scene } from '../../playground/model/scene.ts';
import * as state from '../../playground/model/state.ts';
import { targetsOf } from '../../playground/model/targets.ts';
import { loadGolden } from '../lib/golden.ts';

/** Opens a stored problem as a file. */
async function openGolden(name: string): Promise<void> {
  const { config, feats, targets } = await loadGolden(name);
  const { numClasses, regMax, strides } = config;
  const scene: Scene = {
    name,
    head: { numClasses, regMax, strides, layout: 'nchw' },
    feats,
    boxes: boxesOf(targets.batchIdx, targets.cls, targets.bboxes),
    pictures: [],
    classNames: {},
  };
  const evaluator = new Evaluator();
  const { head, boxes } = scene;
  const settings = state.settings.value;
  const evaluation = await evaluator.evaluate({ head, settings, feats, targets: targetsOf(boxes) });
  evaluator.dispose();
  batch(() => {
    state.scene.value = scene;
    state.feats.value = feats;
    state.boxes.value = boxes;
    state.evaluation.value = evaluation;
  });
}

/** Expects every verdict to agree with the package's assignment. Returns how often each kind of verdict occurs. */
function expectVerdicts(): Map<string, number> {
  const verdicts = new Map<string, number>();
  const { topk } = state.settings.value;
  const anchors = head.value?.anchors ?? 0;
  state.boxesHere.value.forEach((box, index) => {
    state.selectedId.value = box.id;
    for (let anchor = 0; anchor < anchors; anchor++) {
      const { verdict, score, rank } = explain(anchor) ?? expect.fail('no explanation');
      const owner = positives.value.get(anchor)?.target;
      const kind = verdict.split(/[:\d]/)[0].trim();
      verdicts.set(kind, (verdicts.get(kind) ?? 0) + 1);
      expect(verdict.startsWith('Chosen')).toBe(owner === index);
      expect(score !== undefined).toBe(owner === index);
      if (owner === index) expect(rank).toBeDefined();
      const isAmongBest = rank !== undefined && rank <= topk;
      if (kind === 'Chosen' || kind === 'Assigned to') expect(isAmongBest).toBe(true);
      if (kind.includes('not among') || kind === 'Not chosen') expect(isAmongBest).toBe(false);
    }
  });
  return verdicts;
}

it("explain: every verdict of a crowd agrees with the package's assignment", async () => {
  await openGolden('detect-crowd');
  // Every kind occurs
  expect([...expectVerdicts().keys()].sort()).toEqual([
    'Assigned to',
    'Chosen',
    'Chosen though not among the best',
    'No candidate',
    'Not chosen',
  ]);
});

it.each(['8.4', '8.3'] as const)(
  'explain: verdicts of slivers agree with the assignment of %s, and only in 8.4 do boxes grow',
  async (reference) => {
    state.settings.value = { ...state.settings.value, reference };
    await openGolden('detect26-sliver-dfl');
    expect(expectVerdicts().get('Chosen')).toBeGreaterThan(0);
    const grown = state.boxesHere.value.map(grownEdges);
    expect(grown.some((edges) => edges !== undefined)).toBe(reference === '8.4');
    state.boxesHere.value.forEach(({ x, y, w, h }, index) => {
      const edges = grown[index];
      if (!edges) return;
      const { left, top, right, bottom } = edges;
      // Slivers of 96 px images grow to 16 px about their centres
      const [width, height] = [w, h].map((side) => Math.max(side, 16 / 96));
      const found = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top];
      expect(found).toEqual([x, y, width, height].map((value) => expect.closeTo(value)));
    });
  },
);
