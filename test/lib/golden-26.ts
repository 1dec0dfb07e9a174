import type { ReferenceOptions } from '../../src/reference/options.ts';
import type { Assigner, DetectionTargets, Tensor } from '../../src/types.ts';
import { loadFixture, targetsOf } from './golden.ts';

/** Cases of Ultralytics 8.4, by task. */
export const cases26 = {
  detection: [
    'detect26-crowd-weighted',
    'detect26-l1',
    'detect26-sliver-dfl',
    'detect26-sliver-dfl-840',
    'detect26-tiny-topk2',
    'detect26-tiny-topk2-840',
  ],
  oriented: ['obb26-dfl-crowd-weighted', 'obb26-l1', 'obb26-tiny-empty-topk2'],
  segmentation: ['segment26-larger-masks', 'segment26-overlap', 'segment26-separate-empty'],
  dual: ['e2e26-first-epoch', 'e2e26-last-epoch-crowd', 'e2e26-middle-tiny-empty'],
  dualSegmentation: ['e2e26-segment'],
  pose: ['pose26-5x2-tiny-empty', 'pose26-coco17', 'pose26-negative'],
  semantic: ['semantic26-absent-classes', 'semantic26-binary', 'semantic26-resized-aux-weighted'],
  depth: ['depth26-dense', 'depth26-empty', 'depth26-resized-sparse'],
} as const;

type Pair = [oneToMany: number, oneToOne: number];
type Numbers = Record<string, number>;

/** Configuration of a case; each task has some of the fields. */
export interface Config26 {
  numClasses: number;
  regMax: number;
  strides: number[];
  gains: Numbers;
  topk: number & Pair;
  topk2: number & Pair;
  alpha: number;
  beta: number;
  smallTargets: { below: number; grownTo: number };
  /** Whether there is one mask of indices per image. */
  overlap: boolean;
  epoch: number;
  epochs: number;
  keypointShape: [count: number, numbers: 2 | 3];
  oksSigmas: number[];
  ignore: number;
  auxiliaryGain: number;
  lambda: number;
}

/** Contents of a case of Ultralytics 8.4. */
export interface Golden26 {
  config: Config26;
  /** Total, items, targetScoresSum and positives; dual cases have both heads' as objects. */
  expected: Numbers & Record<'oneToMany' | 'oneToOne', Numbers>;
  /** Shapes and seeds of the flow's weights. */
  flow: { shape: number[]; seed: number; mean: number; std: number }[];
  /** Options of the criterion, including those of detection; of the assigner only the powers and the growth. */
  options: Omit<ReferenceOptions, 'assigner'> & {
    gains: Numbers;
    assigner: Pick<Assigner, 'alpha' | 'beta' | 'smallTargets'>;
  };
  /** Boxes of the tasks that have some. */
  targets(): DetectionTargets;
  tensor(name: string): Tensor;
  has(name: string): boolean;
  /** Reads one tensor per level: `prefix.0`, `prefix.1`, … */
  levels(prefix: string): Tensor[];
  /** Positives under a prefix, '' or that of a head. */
  assigned(prefix?: string): Record<'image' | 'anchor' | 'target' | 'score', ArrayLike<number>>;
}

export async function loadGolden26(name: string): Promise<Golden26> {
  const { case: file, tensors } = await loadFixture(name);
  const config = file.config as unknown as Config26;
  const inputs = file.inputs as unknown as { flow: Golden26['flow'] } | undefined;
  const tensor = (key: string) => tensors[key] as Tensor;
  return {
    config,
    expected: file.expected as unknown as Golden26['expected'],
    flow: inputs?.flow ?? [],
    options: optionsOf(config, tensors.classWeights?.data as Float32Array | undefined),
    targets: () => targetsOf(tensors),
    tensor,
    has: (key) => key in tensors,
    levels: (prefix) => config.strides.map((_, l) => tensor(`${prefix}.${l}`)),
    assigned: (prefix = '') => ({
      image: tensor(`${prefix}assigned.image`).data,
      anchor: tensor(`${prefix}assigned.anchor`).data,
      target: tensor(`${prefix}assigned.target`).data,
      score: tensor(`${prefix}assigned.score`).data,
    }),
  };
}

function optionsOf(config: Config26, classWeights?: Float32Array): Golden26['options'] {
  const { numClasses, regMax, strides, gains, alpha, beta, smallTargets } = config;
  const growth = smallTargets && { below: smallTargets.below, growTo: smallTargets.grownTo };
  return {
    reference: '8.4',
    numClasses,
    regMax,
    strides,
    gains,
    assigner: { alpha, beta, smallTargets: growth },
    classWeights,
  };
}
