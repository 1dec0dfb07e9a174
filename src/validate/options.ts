import type { AssignOptions, ClassLoss } from '../backend/backend.ts';
import type { DetectionItems, DetectionLossConfig, IouKind, Layout } from '../types.ts';
import { type BackendOptions, parseBackend } from './backend-options.ts';
import { OptionReader } from './option-reader.ts';

/** A detection criterion's configuration, checked and complete. */
export interface DetectionOptions extends BackendOptions {
  numClasses: number;
  regMax: number;
  strides: readonly number[];
  layout: Layout;
  gains: DetectionItems;
  assigner: AssignOptions;
  iou: IouKind;
  classification: ClassLoss;
  reduceNormalizer: DetectionLossConfig['reduceNormalizer'];
  checkFinite: boolean;
}

/** Of every task that has anchors. */
const OPTIONS = [
  'numClasses',
  'regMax',
  'strides',
  'layout',
  'gains',
  'assigner',
  'classification',
  'backend',
  'device',
  'threads',
  'wasm',
  'worker',
  'reduceNormalizer',
  'checkFinite',
];

/** A higher gamma leaves nothing of a loss but where p is 1, and float32 cannot hold its slope. */
const MAX_GAMMA = 100;

/** Class losses with the parameters that their papers found best. */
const CLASS_LOSSES: Record<ClassLoss['kind'], ClassLoss> = {
  bce: { kind: 'bce', alpha: 1, gamma: 0 },
  varifocal: { kind: 'varifocal', alpha: 0.75, gamma: 2 },
  focal: { kind: 'focal', alpha: 0.25, gamma: 2 },
};
const CLASS_LOSS_KINDS = Object.keys(CLASS_LOSSES) as ClassLoss['kind'][];

/**
 * Checks a configuration and fills in the defaults.
 *
 * @param action name of the factory, for messages
 * @throws {ConfigError} an unknown option, or a value it cannot have
 */
export function parseOptions(action: string, config: DetectionLossConfig): DetectionOptions {
  const given = readOptions(action, config, ['iou']);
  return {
    ...parseHead(given),
    gains: parseGains(given, GAINS),
    assigner: parseAssigner(given),
    iou: parseIou(given),
  };
}

/** @param own options of the task beside those of all */
export function readOptions(action: string, config: unknown, own: readonly string[]): OptionReader {
  return new OptionReader(action, 'config', config, [...OPTIONS, ...own]);
}

/** What is the same in every task that has anchors. */
export function parseHead(given: OptionReader) {
  return {
    numClasses: given.integer('numClasses', 1),
    regMax: given.integer('regMax', 1, 16),
    strides: given.integers('strides', 1, [8, 16, 32]),
    layout: given.oneOf('layout', ['nchw', 'nhwc'], 'nchw'),
    classification: parseClassification(given),
    ...parseBackend(given),
    reduceNormalizer: parseReduceNormalizer(given),
    checkFinite: given.boolean('checkFinite', false),
  };
}

/** Weights of detection's items. */
export const GAINS: DetectionItems = { box: 7.5, cls: 0.5, dfl: 1.5 };

/** @param defaults of every gain that the task has */
export function parseGains<Gains extends Record<keyof Gains, number>>(
  given: OptionReader,
  defaults: Gains,
): Gains {
  const keys = Object.keys(defaults) as (keyof Gains & string)[];
  const gains = given.nested('gains', keys);
  return Object.fromEntries(keys.map((key) => [key, gains.number(key, defaults[key])])) as Gains;
}

export function parseAssigner(given: OptionReader): AssignOptions {
  const assigner = given.nested('assigner', ['topk', 'alpha', 'beta']);
  return { topk: assigner.integer('topk', 1, 10), ...parseAlignment(assigner) };
}

/** Exponents of the alignment. */
export function parseAlignment(assigner: OptionReader): Omit<AssignOptions, 'topk'> {
  return { alpha: assigner.number('alpha', 0.5), beta: assigner.number('beta', 6) };
}

export function parseIou(given: OptionReader): IouKind {
  return given.oneOf('iou', ['iou', 'giou', 'diou', 'ciou'], 'ciou');
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
    gamma: parameters.number('gamma', gamma, MAX_GAMMA),
  };
}

function parseReduceNormalizer(given: OptionReader): DetectionLossConfig['reduceNormalizer'] {
  const value = given.raw('reduceNormalizer');
  if (value === undefined || typeof value === 'function') {
    return value as DetectionLossConfig['reduceNormalizer'];
  }
  throw given.invalid('reduceNormalizer', 'a function');
}
