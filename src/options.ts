import type { AssignOptions, ClassLoss } from './backend/backend.ts';
import { ConfigError } from './errors.ts';
import type { DetectionItems, DetectionLossConfig, IouKind, Layout } from './types.ts';

/** A detection criterion's configuration, checked and complete. */
export interface DetectionOptions {
  numClasses: number;
  regMax: number;
  strides: readonly number[];
  layout: Layout;
  gains: DetectionItems;
  assigner: AssignOptions;
  iou: IouKind;
  classification: ClassLoss;
  backend: 'auto' | 'wasm' | 'webgpu';
  wasm: DetectionLossConfig['wasm'];
  reduceNormalizer: DetectionLossConfig['reduceNormalizer'];
  checkFinite: boolean;
}

const CLASS_LOSSES: Record<ClassLoss['kind'], ClassLoss> = {
  bce: { kind: 'bce', alpha: 1, gamma: 0 },
  varifocal: { kind: 'varifocal', alpha: 0.75, gamma: 2 },
  focal: { kind: 'focal', alpha: 0.25, gamma: 2 },
};

const OPTIONS = [
  'numClasses',
  'regMax',
  'strides',
  'layout',
  'gains',
  'assigner',
  'iou',
  'classification',
  'backend',
  'device',
  'threads',
  'wasm',
  'reduceNormalizer',
  'checkFinite',
];

/** Checks a configuration and fills in the defaults. Throws ConfigError. */
export function parseOptions(config: DetectionLossConfig): DetectionOptions {
  const given = record('config', config, OPTIONS);
  const gains = record('gains', given.gains, ['box', 'cls', 'dfl']);
  const assigner = record('assigner', given.assigner, ['topk', 'alpha', 'beta']);
  const threads = given.threads ?? 'auto';
  if (threads !== 'auto') integer('threads', threads, 1);
  return {
    numClasses: integer('numClasses', given.numClasses, 1),
    regMax: integer('regMax', given.regMax ?? 16, 1),
    strides: parseStrides(given.strides ?? [8, 16, 32]),
    layout: oneOf('layout', given.layout ?? 'nchw', ['nchw', 'nhwc']),
    gains: {
      box: nonNegative('gains.box', gains.box ?? 7.5),
      cls: nonNegative('gains.cls', gains.cls ?? 0.5),
      dfl: nonNegative('gains.dfl', gains.dfl ?? 1.5),
    },
    assigner: {
      topk: integer('assigner.topk', assigner.topk ?? 10, 1),
      alpha: nonNegative('assigner.alpha', assigner.alpha ?? 0.5),
      beta: nonNegative('assigner.beta', assigner.beta ?? 6),
    },
    iou: oneOf('iou', given.iou ?? 'ciou', ['iou', 'giou', 'diou', 'ciou']),
    classification: parseClassification(given.classification ?? 'bce'),
    backend: oneOf('backend', given.backend ?? 'auto', ['auto', 'wasm', 'webgpu']),
    wasm: parseWasm(given.wasm),
    reduceNormalizer: optionalFunction(given.reduceNormalizer),
    checkFinite: boolean('checkFinite', given.checkFinite ?? false),
  };
}

function parseClassification(value: unknown): ClassLoss {
  const kinds = Object.keys(CLASS_LOSSES) as ClassLoss['kind'][];
  if (typeof value === 'string') return CLASS_LOSSES[oneOf('classification', value, kinds)];
  const given = record('classification', value, ['kind', 'alpha', 'gamma']);
  const defaults = CLASS_LOSSES[oneOf('classification.kind', given.kind, kinds)];
  if (defaults.kind === 'bce') {
    record('classification', value, ['kind']);
    return defaults;
  }
  const alpha = nonNegative('classification.alpha', given.alpha ?? defaults.alpha);
  if (defaults.kind === 'focal' && alpha > 1) {
    throw invalid('classification.alpha', 'a number from 0 to 1', alpha);
  }
  const gamma = nonNegative('classification.gamma', given.gamma ?? defaults.gamma);
  return { kind: defaults.kind, alpha, gamma };
}

function parseStrides(value: unknown): readonly number[] {
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid('strides', 'an array of at least one number', value);
  }
  return value.map((stride, level) => integer(`strides[${level}]`, stride, 1));
}

function parseWasm(value: unknown): DetectionLossConfig['wasm'] {
  const kind = Object.prototype.toString.call(value).slice(8, -1);
  const kinds = ['Undefined', 'URL', 'Response', 'ArrayBuffer', 'WebAssembly.Module'];
  if (kinds.includes(kind) || ArrayBuffer.isView(value)) {
    return value as DetectionLossConfig['wasm'];
  }
  throw invalid('wasm', 'a URL, a Response, bytes or a WebAssembly.Module', value);
}

/** The value as a plain record that holds no other keys than `known`; none given: empty. */
function record(name: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (value === undefined && name !== 'config') return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw invalid(name, 'an object', value);
  }
  for (const key of Object.keys(value)) {
    if (known.includes(key)) continue;
    const path = name === 'config' ? key : `${name}.${key}`;
    throw new ConfigError(
      'UNKNOWN_OPTION',
      `createDetectionLoss: unknown option ${path}; known are ${known.join(', ')}`,
    );
  }
  return { ...value };
}

function integer(name: string, value: unknown, least: number): number {
  if (Number.isInteger(value) && (value as number) >= least && (value as number) < 2 ** 31) {
    return value as number;
  }
  throw invalid(name, `an integer of at least ${least}`, value);
}

function nonNegative(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0 && value < Infinity) return value;
  throw invalid(name, 'a finite number of at least 0', value);
}

function boolean(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(name, 'true or false', value);
}

function optionalFunction(value: unknown): DetectionLossConfig['reduceNormalizer'] {
  if (value === undefined || typeof value === 'function') {
    return value as DetectionLossConfig['reduceNormalizer'];
  }
  throw invalid('reduceNormalizer', 'a function', value);
}

function oneOf<T extends string>(name: string, value: unknown, choices: readonly T[]): T {
  if (choices.includes(value as T)) return value as T;
  throw invalid(name, `one of ${choices.map((choice) => `'${choice}'`).join(', ')}`, value);
}

function invalid(name: string, needed: string, value: unknown): ConfigError {
  return new ConfigError(
    'INVALID_OPTION',
    `createDetectionLoss: ${name} needs ${needed}, got ${describe(value)}`,
  );
}

/** A value as it may stand in a message: short, whatever it is. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `'${value.slice(0, 40)}'`;
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `[${value.slice(0, 8).map(describe).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return String(value);
  return `a ${Object.prototype.toString.call(value).slice(8, -1)}`;
}
