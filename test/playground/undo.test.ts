import { beforeEach, expect, it } from 'vitest';
import { reset, scatterPredictions } from '../../playground/model/descend.ts';
import {
  addBox,
  edgesOf,
  moveEdges,
  removeBox,
  setClass,
  shift,
} from '../../playground/model/edit.ts';
import { boxesOf, type Scene } from '../../playground/model/scene.ts';
import { openScene } from '../../playground/model/session.ts';
import { DEFAULTS } from '../../playground/model/settings.ts';
import * as state from '../../playground/model/state.ts';
import { targetsOf } from '../../playground/model/targets.ts';
import { cancel, canRedo, canUndo, edit, redo, undo } from '../../playground/model/undo.ts';

const scene: Scene = {
  name: 'two boxes',
  head: { numClasses: 2, regMax: 1, strides: [8], layout: 'nchw' },
  feats: [{ data: new Float32Array(6 * 4), shape: [1, 6, 2, 2] }],
  boxes: boxesOf([0, 0], [0, 1], [0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.25]),
  pictures: [],
  classNames: {},
};
const [first, second] = scene.boxes;
const MIDDLE = { left: 0.4, top: 0.4, right: 0.6, bottom: 0.6 };

/** Everything that undo restores. */
const shown = () => ({
  targets: targetsOf(state.boxes.value),
  settings: state.settings.value,
  feats: state.feats.value.map(({ data }) => [...data]),
});

function choose(topk: number, gesture?: object): void {
  edit(() => {
    state.settings.value = { ...state.settings.value, topk };
  }, gesture);
}

beforeEach(async () => {
  state.settings.value = DEFAULTS;
  await openScene(scene);
});

it('undo and redo go through every state of boxes, settings and predictions', () => {
  const states = [shown()];
  const edits = [
    () => shift(first, 0.1, 0),
    () => moveEdges(second.id, { ...edgesOf(second), right: 0.9 }),
    () => setClass(first.id, 1),
    () => removeBox(second.id),
    () => addBox(MIDDLE),
    () => choose(3),
    scatterPredictions,
    reset,
  ];
  for (const change of edits) {
    change();
    states.push(shown());
  }
  expect(new Set(states.map((item) => JSON.stringify(item))).size).toBe(edits.length + 1);
  const back = edits.map(() => {
    undo();
    return shown();
  });
  expect(back).toEqual(states.slice(0, -1).reverse());
  expect(canUndo.value).toBe(false);
  const forth = edits.map(() => {
    redo();
    return shown();
  });
  expect(forth).toEqual(states.slice(1));
  expect(canRedo.value).toBe(false);
});

it('undo restores the removed box as the chosen one, in its image', () => {
  state.selectedId.value = second.id;
  removeBox(second.id);
  state.image.value = 1;
  undo();
  expect([state.image.value, state.selectedId.value]).toEqual([0, second.id]);
});

it('reset restores moved and deleted boxes, and predictions', () => {
  const opened = shown();
  shift(first, 0.1, 0.1);
  removeBox(second.id);
  scatterPredictions();
  reset();
  expect(shown()).toEqual(opened);
  // Nothing is left to reset, so this is no edit
  reset();
  undo();
  expect(state.boxes.value).toHaveLength(1);
});

it('undo takes back all changes of a gesture', () => {
  const opened = shown();
  const drag = {};
  for (const dx of [0.01, 0.02, 0.03]) shift(first, dx, 0, drag);
  choose(7);
  undo();
  expect(state.boxes.value[0].x).toBeCloseTo(0.53);
  undo();
  expect(shown()).toEqual(opened);
});

it('edit ignores changes without effect, and the choice of the backend', () => {
  shift(first, 0, 0);
  setClass(first.id, first.cls);
  state.settings.value = { ...DEFAULTS, backend: 'webgpu' };
  expect(canUndo.value).toBe(false);
  choose(3);
  undo();
  expect(state.settings.value).toEqual({ ...DEFAULTS, backend: 'webgpu' });
});

it('an edit after undo ends what could be redone', () => {
  choose(3);
  undo();
  choose(4);
  expect(canRedo.value).toBe(false);
  undo();
  expect(state.settings.value.topk).toBe(DEFAULTS.topk);
});

it('cancel takes back an interrupted gesture for good', () => {
  const opened = shown();
  const drag = {};
  addBox(MIDDLE, drag);
  cancel({});
  expect(state.boxes.value).toHaveLength(3);
  cancel(drag);
  expect(shown()).toEqual(opened);
  expect([canUndo.value, canRedo.value]).toEqual([false, false]);
});

/** One step of a descent, as far as undo is concerned. */
function step(run: object): void {
  edit((mayOverwrite) => {
    state.feats.value = state.feats.value.map(({ data: given, shape }) => {
      const data = mayOverwrite ? given : given.slice();
      for (let i = 0; i < data.length; i++) data[i]++;
      return { data, shape };
    });
  }, run);
}

it('steps overwrite the predictions, except for those that undo needs', () => {
  const run = {};
  const logit = () => state.feats.value[0].data[0];
  step(run);
  const { data } = state.feats.value[0];
  step(run);
  expect(state.feats.value[0].data).toBe(data);
  // A drag during the descent is one edit, and the steps meanwhile belong to it
  const drag = {};
  for (const dx of [0.1, 0.2]) {
    shift(first, dx, 0, drag);
    step(run);
  }
  expect(logit()).toBe(4);
  undo();
  expect([logit(), state.boxes.value[0].x]).toEqual([2, 0.5]);
  undo();
  expect(logit()).toBe(0);
  redo();
  redo();
  expect([logit(), state.boxes.value[0].x]).toEqual([4, 0.7]);
});

it('undo forgets the oldest edits beyond 200', () => {
  for (let k = 0; k < 201; k++) choose(100 + k);
  for (let k = 0; k < 201; k++) undo();
  expect(canUndo.value).toBe(false);
  expect(state.settings.value.topk).toBe(100);
});

it('opening a scene forgets the edits of the one before', async () => {
  removeBox(first.id);
  await openScene(scene);
  expect([canUndo.value, canRedo.value]).toEqual([false, false]);
});
