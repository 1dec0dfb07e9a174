import type { TaskAlignedOptions } from '../backend/assign/task-aligned.ts';
import type { ClassLoss } from '../backend/inputs.ts';
import { type BoxIouKind, CLASS_LOSS_KINDS, OVERLAP_KINDS, UPRIGHT_IOU_KINDS } from '../kinds.ts';
import type { DetectionItems, DetectionLossConfig, Layout } from '../types.ts';
import { BACKEND_OPTIONS, type BackendOptions, parseBackend } from './backend-options.ts';
import { LAYOUTS } from './layout.ts';
import { OptionReader } from './option-reader.ts';

/** Checked and complete configuration of a detection criterion. */
export interface DetectionOptions extends BackendOptions {
  numClasses: number;
  regMax: number;
  strides: readonly number[];
  layout: Layout;
  gains: DetectionItems;
  assigner: TaskAlignedOptions;
  iou: BoxIouKind;
  classification: ClassLoss;
  reduceNormalizer: DetectionLossConfig['reduceNormalizer'];
  checkFinite: boolean;
}

/** Names of the options of all tasks with anchors, without backend options: a bundler would keep a spread list. */
const OPTIONS = [
  'numClasses',
  'regMax',
  'strides',
  'layout',
  'gains',
  'assigner',
  'classification',
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
export function parseOptions(action: string, config: DetectionLossConfig): DetectionOptions {
  return parseDetection(readOptions(action, config, ['iou']), GAINS);
}

/**
 * Opens the configuration of a task with anchors.
 *
 * @param own names of the options that only this task has
 * @throws {ConfigError} an unknown option
 */
export function readOptions(action: string, config: unknown, own: readonly string[]): OptionReader {
  return new OptionReader(action, 'config', config, [...OPTIONS, ...BACKEND_OPTIONS, ...own]);
}

/** Default weights of the detection items. */
export const GAINS: DetectionItems = { box: 7.5, cls: 0.5, dfl: 1.5 };

/**
 * Checks the options of a head whose anchors are assigned to targets.
 *
 * @param gains default weights of all items of the task
 */
export function parseDetection<Gains extends Record<keyof Gains, number>>(
  given: OptionReader,
  gains: Gains,
) {
  const assigner = given.nested('assigner', ['topk', ...ALIGNMENT_OPTIONS]);
  const topk = assigner.integer('topk', 1, 10);
  return {
    ...parseHead(given, gains),
    iou: parseIou(given),
    assigner: { topk, ...parseAlignment(assigner) },
  };
}

/** Checks the options that do not depend on box geometry and assigner. */
export function parseHead<Gains extends Record<keyof Gains, number>>(
  given: OptionReader,
  gains: Gains,
) {
  return {
    numClasses: given.integer('numClasses', 1),
    regMax: given.integer('regMax', 1, 16),
    strides: given.integers('strides', 1, [8, 16, 32]),
    layout: given.oneOf('layout', LAYOUTS, 'nchw'),
    gains: parseGains(given, gains),
    classification: parseClassification(given),
    ...parseBackend(given),
    reduceNormalizer: given.where<DetectionLossConfig['reduceNormalizer']>(
      'reduceNormalizer',
      (value) => value === undefined || typeof value === 'function',
      'a function',
    ),
    checkFinite: given.boolean('checkFinite', false),
  };
}

/** Checks the similarity for the box loss of upright boxes. */
export function parseIou(given: OptionReader): BoxIouKind {
  return given.oneOf('iou', UPRIGHT_IOU_KINDS, 'ciou');
}

/** Names of the assigner's options for the alignment of a candidate. */
export const ALIGNMENT_OPTIONS = ['alpha', 'beta', 'overlap'];

/** Checks the powers of the alignment, and the overlap of upright boxes. */
export function parseAlignment(assigner: OptionReader): Omit<TaskAlignedOptions, 'topk'> {
  return { ...parsePowers(assigner), overlap: assigner.oneOf('overlap', OVERLAP_KINDS, 'ciou') };
}

/** Checks the powers of the alignment. */
export function parsePowers(assigner: OptionReader): { alpha: number; beta: number } {
  return { alpha: assigner.number('alpha', 0.5), beta: assigner.number('beta', 6) };
}

function parseGains<Gains extends Record<keyof Gains, number>>(
  given: OptionReader,
  defaults: Gains,
): Gains {
  const keys = Object.keys(defaults) as (keyof Gains & string)[];
  const gains = given.nested('gains', keys);
  return Object.fromEntries(keys.map((key) => [key, gains.number(key, defaults[key])])) as Gains;
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
