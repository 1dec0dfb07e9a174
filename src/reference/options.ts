import type { Assigner, Classification, DetectionLossConfig, IouKind, Layout } from '../types.ts';
import { type DistanceLoss, defaultsOf } from './defaults.ts';

/** Options that change a criterion's numbers. */
export type ReferenceOptions = Pick<
  DetectionLossConfig,
  | 'numClasses'
  | 'reference'
  | 'regMax'
  | 'strides'
  | 'layout'
  | 'gains'
  | 'assigner'
  | 'distance'
  | 'iou'
  | 'classification'
  | 'classWeights'
>;

/** A class loss with its parameters; `bce` has none and ignores them. */
export interface ClassLoss {
  kind: 'bce' | 'varifocal' | 'focal';
  alpha: number;
  gamma: number;
}

/** `ReferenceOptions` with every default filled in. */
export interface ResolvedOptions {
  numClasses: number;
  regMax: number;
  strides: readonly number[];
  layout: Layout;
  gains: { box: number; cls: number; dfl: number };
  assigner: Assigner;
  distance: DistanceLoss;
  /** [C], or undefined: all 1. */
  classWeights: ArrayLike<number> | undefined;
  iou: IouKind;
  classLoss: ClassLoss;
}

export function resolveOptions(options: ReferenceOptions): ResolvedOptions {
  const { gains, assigner } = options;
  const defaults = defaultsOf(options);
  const strides = options.strides ?? [8, 16, 32];
  const topk = assigner?.topk ?? 10;
  return {
    numClasses: options.numClasses,
    regMax: options.regMax ?? 16,
    strides,
    layout: options.layout ?? 'nchw',
    gains: { box: gains?.box ?? 7.5, cls: gains?.cls ?? 0.5, dfl: gains?.dfl ?? 1.5 },
    assigner: {
      topk,
      topk2: assigner?.topk2 ?? topk,
      alpha: assigner?.alpha ?? 0.5,
      beta: assigner?.beta ?? 6,
      overlap: assigner?.overlap ?? 'ciou',
      smallTargets: assigner?.smallTargets ?? defaults.smallTargets(strides),
    },
    distance: options.distance ?? defaults.distance,
    classWeights: options.classWeights,
    iou: options.iou ?? 'ciou',
    classLoss: resolveClassLoss(options.classification ?? 'bce'),
  };
}

function resolveClassLoss(classification: Classification): ClassLoss {
  const given: Pick<ClassLoss, 'kind'> & Partial<ClassLoss> =
    typeof classification === 'string' ? { kind: classification } : classification;
  const { kind, alpha, gamma } = given;
  return { kind, alpha: alpha ?? (kind === 'focal' ? 0.25 : 0.75), gamma: gamma ?? 2 };
}
