import * as detloss from '../../../src/index.ts';
import type { AnyLoss } from '../../lib/tasks/task.ts';
import { expectSameBytes } from './outcome.ts';
import { problems } from './problems.ts';
import { placed, type Subject } from './subjects.ts';

const SMALL_TARGETS = { below: 16, growTo: 16 };
/** Valid values of every option that all tasks with anchors have. */
const OPTIONS = {
  numClasses: 3,
  reference: '8.4',
  regMax: 2,
  strides: [8, 16],
  layout: 'nchw',
  gains: { box: 7.5, cls: 0.5, dfl: 1.5 },
  assigner: { topk: 10, topk2: 7, alpha: 0.5, beta: 6, smallTargets: SMALL_TARGETS },
  distance: 'l1',
  iou: 'ciou',
  classification: { kind: 'focal', alpha: 0.25, gamma: 2 },
  classWeights: [1, 0.5, 2],
  backend: 'wasm',
  device: undefined,
  threads: 1,
  wasm: undefined,
  worker: undefined,
  reduceNormalizer: undefined,
  checkFinite: false,
};
const { iou: _, ...UPRIGHT } = OPTIONS;

const CONFIGS: Record<string, object> = {
  createDetectionLoss: OPTIONS,
  createSegmentationLoss: {
    ...OPTIONS,
    gains: { ...OPTIONS.gains, seg: 6 },
    overlap: true,
    resize: 'masks',
  },
  createPoseLoss: { ...OPTIONS, keypointShape: [2, 3], sigmas: [0.1, 0.2], head: 'v8' },
  "createPoseLoss, head '26'": {
    ...OPTIONS,
    gains: { ...OPTIONS.gains, pose: 12, kobj: 1, rle: 0.5 },
    keypointShape: [2, 3],
    sigmas: [0.1, 0.2],
    head: '26',
  },
  createOrientedLoss: {
    ...UPRIGHT,
    distances: 'rotated',
    covarianceFloor: 0.01,
    smallestSide: 2,
  },
  createDualLoss: {
    ...OPTIONS,
    task: 'detection',
    headWeights: [0.8, 0.2],
    assigner: { topk: [10, 1], topk2: [7, 1], beta: 6 },
  },
  "createDualLoss, task 'segmentation'": {
    ...OPTIONS,
    task: 'segmentation',
    headWeights: [0.8, 0.2],
    gains: { ...OPTIONS.gains, seg: 6 },
    assigner: { topk: [10, 7], topk2: [10, 1], beta: 6 },
    overlap: true,
    resize: 'prototypes',
  },
  createClassificationLoss: {
    numClasses: 5,
    labelSmoothing: 0.1,
    backend: 'wasm',
    threads: 1,
    checkFinite: false,
  },
  createSemanticLoss: {
    numClasses: 3,
    ignoreIndex: 255,
    auxiliaryGain: 0.4,
    classWeights: [1, 0.5, 2],
    backend: 'wasm',
    threads: 1,
    checkFinite: false,
  },
  createDepthLoss: {
    gains: { dlog: 1, dgrad: 0.5 },
    lambda: 0.9,
    backend: 'wasm',
    threads: 1,
    checkFinite: false,
  },
};

/** A configuration with every option, by the problem's name. */
export function configOf(name: string): object {
  return CONFIGS[name];
}

/** Every factory: its criterion is made from a broken configuration, and computes its task's problem. */
export async function factorySubjects(): Promise<Subject[]> {
  const subjects = problems.map(async ({ name, create, predictions, targets }) => {
    const call = async ([config]: unknown[]) => {
      const criterion = await create(config as object);
      try {
        const { total, items } = await criterion.value(predictions(), targets());
        return { total, items };
      } finally {
        criterion.dispose();
      }
    };
    return subjectOf(name, configOf(name), call);
  });
  const losses = subjectOf('createLosses', { backend: 'wasm', threads: 1 }, async ([config]) => {
    const made = await detloss.createLosses(config as object);
    const x = { data: Float32Array.of(1, 2), shape: [2] };
    const { value } = await made.mse(x, { ...x, data: Float32Array.of(0, 5) });
    made.dispose();
    return { value };
  });
  return Promise.all([...subjects, losses]);
}

async function subjectOf(
  name: string,
  config: object,
  call: (args: unknown[]) => Promise<Partial<Awaited<ReturnType<AnyLoss['value']>>> | object>,
): Promise<Subject> {
  const first = await call([config]);
  return {
    name,
    args: (memory) => placed([config], memory),
    call,
    probe: async () => expectSameBytes(await call([config]), first, 'the next valid call'),
  };
}
