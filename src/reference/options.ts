import type {
  Classification,
  DetectionLossConfig,
  IouKind,
  Layout,
  OverlapKind,
} from '../types.ts';

/** Options that change a criterion's numbers. */
export type ReferenceOptions = Pick<
  DetectionLossConfig,
  'numClasses' | 'regMax' | 'strides' | 'layout' | 'gains' | 'assigner' | 'iou' | 'classification'
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
  assigner: { topk: number; alpha: number; beta: number; overlap: OverlapKind };
  iou: IouKind;
  classLoss: ClassLoss;
}

export function resolveOptions(options: ReferenceOptions): ResolvedOptions {
  const { gains, assigner } = options;
  return {
    numClasses: options.numClasses,
    regMax: options.regMax ?? 16,
    strides: options.strides ?? [8, 16, 32],
    layout: options.layout ?? 'nchw',
    gains: { box: gains?.box ?? 7.5, cls: gains?.cls ?? 0.5, dfl: gains?.dfl ?? 1.5 },
    assigner: {
      topk: assigner?.topk ?? 10,
      alpha: assigner?.alpha ?? 0.5,
      beta: assigner?.beta ?? 6,
      overlap: assigner?.overlap ?? 'ciou',
    },
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
