import type { TaskAlignedOptions } from '../backend/assign/task-aligned.ts';
import type { BoxLoss, ClassLoss } from '../backend/inputs.ts';
import {
  DEFAULTS,
  DISTANCE_LOSSES,
  type DistanceLoss,
  REFERENCES,
  type Reference,
} from '../defaults.ts';
import { countOf } from '../describe.ts';
import { CLASS_LOSS_KINDS, OVERLAP_KINDS, UPRIGHT_IOU_KINDS } from '../kinds.ts';
import type { DetectionGains, DetectionLossConfig, Layout, SmallTargets } from '../types.ts';
import { BACKEND_OPTIONS, type BackendOptions, parseBackend } from './backend-options.ts';
import { LAYOUTS } from './layout.ts';
import { isFactor } from './numbers.ts';
import { OptionReader } from './option-reader.ts';

/** Checked and complete configuration of a detection criterion. */
export interface DetectionOptions extends BackendOptions {
  numClasses: number;
  regMax: number;
  strides: readonly number[];
  layout: Layout;
  gains: DetectionGains & { angle?: number };
  assigner: TaskAlignedOptions;
  boxLoss: BoxLoss;
  classification: ClassLoss;
  classWeights: Float32Array | null;
  reduceNormalizer: DetectionLossConfig['reduceNormalizer'];
  checkFinite: boolean;
}

/** Names of the options of all tasks with anchors, without backend options: a bundler would keep a spread list. */
const OPTIONS = [
  'numClasses',
  'reference',
  'regMax',
  'strides',
  'layout',
  'gains',
  'assigner',
  'distance',
  'classification',
  'classWeights',
  'reduceNormalizer',
  'checkFinite',
];

/** Class losses with the default parameters of their papers. */
const CLASS_LOSSES: Record<ClassLoss['kind'], ClassLoss> = {
  bce: { kind: 'bce', alpha: 1, gamma: 0 },
  varifocal: { kind: 'varifocal', alpha: 0.75, gamma: 2 },
  focal: { kind: 'focal', alpha: 0.25, gamma: 2 },
};

/**
 * Checks a configuration and fills in the defaults.
 *
 * @param action name of the factory, for messages
 * @throws {ConfigError} an unknown option, or a value it cannot have
 */
export function parseOptions(
  action: string,
  config: DetectionLossConfig,
  heads: HeadsOptions = ONE_HEAD,
): DetectionOptions {
  return parseDetection(readOptions(action, config, ['iou'], heads), GAINS, heads);
}

/** Numbers of anchors that a target selects and keeps in a head. */
export type Topk = Pick<TaskAlignedOptions, 'topk' | 'topk2'>;

/** Options in which a head that is one of two differs from a single one. */
export interface HeadsOptions {
  /** Names of the options that only criteria with two heads have. */
  own: readonly string[];
  parseTopk(assigner: OptionReader): Topk;
}

/** Options of a single head. */
export const ONE_HEAD: HeadsOptions = {
  own: [],
  parseTopk(assigner) {
    const topk = assigner.integer('topk', 1, 10);
    return { topk, topk2: assigner.integer('topk2', 1, topk) };
  },
};

/**
 * Opens the configuration of a task with anchors.
 *
 * @param own names of the options that only this task has
 * @throws {ConfigError} an unknown option
 */
export function readOptions(
  action: string,
  config: unknown,
  own: readonly string[],
  heads: HeadsOptions,
): OptionReader {
  const known = [...OPTIONS, ...BACKEND_OPTIONS, ...own, ...heads.own];
  return new OptionReader(action, 'config', config, known);
}

/** Default weights of the detection items. */
export const GAINS: DetectionGains = { box: 7.5, cls: 0.5, dfl: 1.5 };

/**
 * Checks the options of a head whose anchors are assigned to targets.
 *
 * @param gains default weights of all items of the task
 */
export function parseDetection<Gains extends Record<keyof Gains, number>>(
  given: OptionReader,
  gains: Gains,
  heads: HeadsOptions,
) {
  const head = parseHead(given, gains);
  const assigner = given.nested('assigner', [...ASSIGNER_OPTIONS, 'overlap']);
  return {
    ...head,
    boxLoss: parseBoxLoss(given),
    assigner: { ...heads.parseTopk(assigner), ...parseAlignment(given, assigner, head) },
  };
}

/** Reads the release of Ultralytics whose defaults the other options have. */
export function referenceOf(given: OptionReader): Reference {
  return given.oneOf('reference', REFERENCES, '8.4');
}

/** Checks the options that do not depend on box geometry and assigner. */
export function parseHead<Gains extends Record<keyof Gains, number>>(
  given: OptionReader,
  gains: Gains,
) {
  const numClasses = given.integer('numClasses', 1);
  return {
    numClasses,
    regMax: given.integer('regMax', 1, 16),
    strides: given.integers('strides', 1, [8, 16, 32]),
    layout: given.oneOf('layout', LAYOUTS, 'nchw'),
    gains: parseGains(given, gains),
    classification: parseClassification(given),
    classWeights: parseClassWeights(given, numClasses),
    ...parseBackend(given),
    reduceNormalizer: given.where<DetectionLossConfig['reduceNormalizer']>(
      'reduceNormalizer',
      (value) => value === undefined || typeof value === 'function',
      'a function',
    ),
    checkFinite: given.boolean('checkFinite', false),
  };
}

/** Checks the losses of upright boxes. */
function parseBoxLoss(given: OptionReader): BoxLoss {
  return {
    iou: given.oneOf('iou', UPRIGHT_IOU_KINDS, 'ciou'),
    distance: parseDistance(given),
    distances: 'upright',
    covarianceFloor: 0,
  };
}

/** Checks the loss of the distances where R = 1. */
export function parseDistance(given: OptionReader): DistanceLoss {
  return given.oneOf('distance', DISTANCE_LOSSES, DEFAULTS[referenceOf(given)].distance);
}

/** Names of the assigner's options for boxes of any geometry. */
export const ASSIGNER_OPTIONS = ['topk', 'topk2', 'alpha', 'beta', 'smallTargets'];

type Candidates = Pick<TaskAlignedOptions, 'alpha' | 'beta' | 'smallTargets'>;
type Strides = Pick<DetectionOptions, 'strides'>;

/** Checks the alignment of candidates, their overlap of upright boxes included. */
function parseAlignment(
  given: OptionReader,
  assigner: OptionReader,
  head: Strides,
): Omit<TaskAlignedOptions, 'topk' | 'topk2'> {
  const overlap = assigner.oneOf('overlap', OVERLAP_KINDS, 'ciou');
  return { ...parseCandidates(given, assigner, head), overlap };
}

/** Checks the powers of the alignment, and which anchors are candidates. */
export function parseCandidates(
  given: OptionReader,
  assigner: OptionReader,
  { strides }: Strides,
): Candidates {
  return {
    alpha: assigner.number('alpha', 0.5),
    beta: assigner.number('beta', 6),
    smallTargets: parseSmallTargets(assigner, DEFAULTS[referenceOf(given)].smallTargets(strides)),
  };
}

function parseSmallTargets(
  assigner: OptionReader,
  fallback: SmallTargets | false,
): SmallTargets | false {
  const value = assigner.raw('smallTargets', fallback);
  if (value === fallback || value === false) return value as SmallTargets | false;
  const rule = assigner.nested('smallTargets', ['below', 'growTo']);
  return { below: rule.number('below'), growTo: rule.number('growTo') };
}

function parseGains<Gains extends Record<keyof Gains, number>>(
  given: OptionReader,
  defaults: Gains,
): Gains {
  const keys = Object.keys(defaults) as (keyof Gains & string)[];
  const gains = given.nested('gains', keys);
  return Object.fromEntries(keys.map((key) => [key, gains.number(key, defaults[key])])) as Gains;
}

/** Checks the weights of the classes. Those that are all 1 count as not given. */
function parseClassWeights(given: OptionReader, numClasses: number): Float32Array | null {
  const needed = `${countOf(numClasses, 'finite number')} of at least 0, one per class`;
  const weights = given.numbers('classWeights', [numClasses], isFactor, needed);
  if (!weights || weights.every((weight) => weight === 1)) return null;
  return Float32Array.from(weights);
}

function parseClassification(given: OptionReader): ClassLoss {
  const value = given.raw('classification');
  if (value === undefined || typeof value === 'string') {
    return CLASS_LOSSES[given.oneOf('classification', CLASS_LOSS_KINDS, 'bce')];
  }
  const parameters = given.nested('classification', ['kind', 'alpha', 'gamma']);
  const kind = parameters.oneOf('kind', CLASS_LOSS_KINDS);
  if (kind === 'bce') {
    given.nested('classification', ['kind']);
    return CLASS_LOSSES.bce;
  }
  const { alpha, gamma } = CLASS_LOSSES[kind];
  return {
    kind,
    alpha: parameters.number('alpha', alpha, kind === 'focal' ? 1 : undefined),
    gamma: parameters.power('gamma', gamma),
  };
}
