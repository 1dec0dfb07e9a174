import { expect } from 'vitest';

/** Relative error of totals and of gradients (L2), from float32 sums of the frameworks and the WebGPU backend's bound. */
const FLOAT32 = 1e-6;
const WEBGPU = 2e-5;

export interface TfjsFacts {
  atOnce?: {
    isUntaped: boolean;
    items: string[];
    own: number;
    mixed: number;
    failures: string[];
    moved: number;
    tensors: number[];
  };
  later: {
    total: number;
    own: number;
    chain: number;
    passes: number;
    tensors: number[];
    failure: string;
    wholeNumbers: string;
    unused: boolean;
    left: number;
  };
  /** Error code of the synchronous loss, if TensorFlow.js is on WebGPU. */
  refused?: string;
  /** Traffic for predictions, and for predictions with several times as many values. */
  traffic?: { narrow: Traffic; wide: Traffic };
  tasks: Record<string, TaskFacts>;
}

interface TaskFacts {
  atOnce?: { own: number; tensors: number };
  later: { total: number; chain: number; tensors: number };
  left: number;
}

/** Bytes exchanged with the host. */
interface Traffic {
  /** Bytes of the predictions, and of their gradients. */
  dense: number;
  writes: number;
  bytesUp: number;
  reads: number;
  bytesDown: number;
}

export interface JaxFacts {
  total: number;
  own: number;
  chain: number;
  failure: string;
  wholeNumbers: string;
  references: number[];
  traffic: { narrow: Traffic; wide: Traffic };
  tasks: Record<string, { total: number; own: number; chain: number; references: number[] }>;
}

const TASKS = [
  'segmentation',
  'pose',
  'pose 26',
  'oriented',
  'dual',
  'dual segmentation',
  'classification',
];

export interface OrtFacts {
  location: string;
  isInPlace: boolean;
  total: number;
  ofLevels: number;
  error: number;
  disposed: string;
}

/** Expects the synchronous loss to have the criterion's bits and to leak no tensor. */
export function expectAtOnce({ atOnce }: TfjsFacts): void {
  expect(atOnce).toMatchObject({ isUntaped: true, items: ['box', 'cls', 'dfl'], own: 0 });
  expect(atOnce?.failures).toEqual([
    'TargetError: loss: targets needs { batchIdx, cls, bboxes }, got undefined',
    'TargetError: loss: targets.cls needs an array of numbers, got a tf.Tensor (use its dataSync())',
  ]);
  expect(atOnce?.mixed).toBeLessThanOrEqual(FLOAT32);
  expect(atOnce?.tensors).toHaveLength(1);
  expect(atOnce?.moved).toBeLessThanOrEqual(FLOAT32);
}

/** Expects every other task to have the criterion's bits or right gradients through a model, and to leak no tensor. */
export function expectTasks({ tasks }: TfjsFacts, onGpu: boolean): void {
  expect(Object.keys(tasks)).toEqual(TASKS);
  for (const [task, { atOnce, later, left }] of Object.entries(tasks)) {
    if (!onGpu) expect(atOnce, task).toEqual({ own: 0, tensors: 1 });
    expect(later.total, task).toBeLessThanOrEqual(onGpu ? WEBGPU : 0);
    expect(later.chain, task).toBeLessThanOrEqual(onGpu ? WEBGPU : FLOAT32);
    expect({ tensors: later.tensors, left }, task).toEqual({ tensors: 1, left: 0 });
  }
}

/** Expects the asynchronous loss to run one forward pass per call, and to leak nothing, even after errors. */
export function expectLater({ later }: TfjsFacts, onGpu: boolean): void {
  const bound = onGpu ? WEBGPU : 0;
  expect(later.total).toBeLessThanOrEqual(bound);
  expect(later.own).toBeLessThanOrEqual(bound);
  expect(later.chain).toBeLessThanOrEqual(onGpu ? WEBGPU : FLOAT32);
  expect(later.wholeNumbers).toBe('TENSOR_TYPE');
  expect(later).toMatchObject({ passes: 1, failure: 'TARGET_CLASS', unused: true, left: 0 });
  expect(later.tensors).toHaveLength(1);
}

export function expectJax(facts: JaxFacts, onGpu: boolean): void {
  const bound = onGpu ? WEBGPU : 0;
  expect(facts.total).toBeLessThanOrEqual(bound);
  expect(facts.own).toBeLessThanOrEqual(bound);
  expect(facts.chain).toBeLessThanOrEqual(onGpu ? WEBGPU : FLOAT32);
  expect(facts.wholeNumbers).toBe('TENSOR_TYPE');
  expect(facts).toMatchObject({ failure: 'TARGET_CLASS', references: [1, 1, 1] });
  expect(Object.keys(facts.tasks)).toEqual(TASKS);
  for (const [task, { total, own, chain, references }] of Object.entries(facts.tasks)) {
    expect(total, task).toBeLessThanOrEqual(bound);
    expect(own, task).toBeLessThanOrEqual(bound);
    expect(chain, task).toBeLessThanOrEqual(onGpu ? WEBGPU : FLOAT32);
    expect(references, task).toEqual([1]);
  }
}

/**
 * Expects downloads of only metrics and sums, and uploads of only targets and uniforms, however many values the
 * predictions have.
 */
export function expectOnDevice({ narrow, wide }: { narrow: Traffic; wide: Traffic }): void {
  expect(wide.dense).toBeGreaterThan(9 * narrow.dense);
  expect({ ...wide, dense: narrow.dense }).toEqual(narrow);
  expect(narrow.reads).toBe(2);
  expect(narrow.bytesDown).toBeGreaterThan(0);
}

export function expectOrt(facts: OrtFacts, onGpu: boolean): void {
  const location = onGpu ? 'gpu-buffer' : 'cpu';
  expect(facts).toMatchObject({ location, isInPlace: true, disposed: 'TENSOR_TYPE' });
  expect(facts.error).toBeLessThanOrEqual(onGpu ? WEBGPU : 0);
  expect(facts.ofLevels).toBe(facts.total);
}
