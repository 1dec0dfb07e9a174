import type { SetClassification, SetCost, SetItems, SetOptions, SetPreset } from './types.ts';

/** `SetOptions` with every default filled in. */
export interface ResolvedSetOptions {
  numClasses: number;
  classification: SetClassification;
  cost: SetCost;
  gains: Required<SetItems>;
  groups: number;
  sumGroups: boolean;
  union: boolean;
  regMax: number;
  up: number;
  regScale: number;
}

type OfKind<T, Kind> = T extends { kind: infer K } ? (Kind extends K ? T : never) : never;

const CLASSIFICATIONS: { [K in SetClassification['kind']]: OfKind<SetClassification, K> } = {
  softmax: { kind: 'softmax', noObject: 0.1 },
  focal: { kind: 'focal', alpha: 0.25, gamma: 2 },
  vfl: { kind: 'vfl', alpha: 0.75, gamma: 2 },
  mal: { kind: 'mal', alpha: 1, gamma: 1.5 },
  'ia-bce': { kind: 'ia-bce', alpha: 0.25, gamma: 2 },
};

const FOCAL_COST = { class: 2, l1: 5, giou: 2, alpha: 0.25, gamma: 2 };
const COSTS: { [K in SetCost['kind']]: OfKind<SetCost, K> } = {
  softmax: { kind: 'softmax', class: 1, l1: 5, giou: 2 },
  focal: { kind: 'focal', ...FOCAL_COST },
  'focal-exact': { kind: 'focal-exact', ...FOCAL_COST },
  product: { kind: 'product', power: 4 },
};

interface Preset {
  classification: SetClassification['kind'];
  cost: SetCost['kind'];
  gains?: Partial<SetItems>;
  groups?: number;
  union?: boolean;
}

const DISTRIBUTION_GAINS = { fgl: 0.15, ddf: 1.5 };
const PRESETS: Record<SetPreset, Preset> = {
  detr: { classification: 'softmax', cost: 'softmax' },
  'deformable-detr': { classification: 'focal', cost: 'focal', gains: { cls: 2 } },
  rtdetr: { classification: 'vfl', cost: 'focal' },
  dfine: { classification: 'vfl', cost: 'focal', gains: DISTRIBUTION_GAINS, union: true },
  deim: { classification: 'mal', cost: 'focal', gains: DISTRIBUTION_GAINS, union: true },
  rfdetr: { classification: 'ia-bce', cost: 'focal-exact', groups: 13 },
};

/**
 * Fills in defaults: those of the preset, and without one gains of 1, 5 and 2, one group, no union.
 *
 * @throws {Error} neither a preset nor a kind says which class loss or cost is meant
 */
export function resolveSetOptions(options: SetOptions): ResolvedSetOptions {
  const preset = options.preset && PRESETS[options.preset];
  return {
    numClasses: options.numClasses,
    classification: pick(CLASSIFICATIONS, options.classification ?? preset?.classification),
    cost: pick(COSTS, options.cost ?? preset?.cost),
    gains: { cls: 1, l1: 5, giou: 2, fgl: 0, ddf: 0, ...preset?.gains, ...options.gains },
    groups: options.groups ?? preset?.groups ?? 1,
    sumGroups: options.sumGroups ?? false,
    union: options.union ?? preset?.union ?? false,
    regMax: options.regMax ?? 32,
    up: options.up ?? 0.5,
    regScale: options.regScale ?? 4,
  };
}

/** The kind's defaults, and over them what is given. */
function pick<Kind extends string, T extends { kind: Kind }>(
  defaults: Record<Kind, T>,
  given: Kind | { kind: Kind } | undefined,
): T {
  if (given === undefined) throw new Error('resolveSetOptions: neither a preset nor a kind');
  if (typeof given === 'string') return defaults[given];
  return { ...defaults[given.kind], ...given };
}
