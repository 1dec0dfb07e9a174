import type { DetectionTargets, Tensor } from '../../types.ts';

/** Predictions of one layer, or of another part of a DETR that is trained in the same way. */
export interface SetOutput<Data = Float32Array> {
  /** [B, Q, C]; [B, Q, C + 1] for 'softmax', the last class being "no object". With groups, Q counts the queries of all. */
  logits: Tensor<Data>;
  /** [B, Q, 4], xywh (centre and size), normalised and decoded: the gradient is that of these numbers. */
  boxes: Tensor<Data>;
  /** [B, Q, 4·(R + 1)], side-major logits of D-FINE's distributions: left, top, right, bottom. */
  corners?: Tensor<Data> | undefined;
}

/** Layers of a decoder, first to last, and what belongs to their queries. */
export interface SetBlock<Data = Float32Array> {
  layers: readonly SetOutput<Data>[];
  /** Plain box head of the first decoder layer. */
  pre?: SetOutput<Data> | undefined;
  /** [B, Q, 4], xywh: boxes from which `corners` measure their distances. Constant for the gradient. */
  references?: Tensor<Data> | undefined;
}

export interface SetPredictions<Data = Float32Array> extends SetBlock<Data> {
  /** Proposals of a two-stage encoder; one channel of logits if they have no class. */
  encoder?: SetOutput<Data> | undefined;
  /** Denoising queries: 2·M·groups an image, M the largest number of targets of an image. */
  denoising?: (SetBlock<Data> & { groups: number }) | undefined;
}

export interface SetTargets extends DetectionTargets {
  /** [N], at least 0; default 1. */
  weights?: ArrayLike<number> | undefined;
  /** [N], 1 for a region that is neither target nor background; default 0. */
  ignore?: ArrayLike<number> | undefined;
}

/** Class loss with its parameters. `alpha` and `gamma` are powers or weights, as the kind's formula says. */
export type SetClassification =
  | { kind: 'softmax'; noObject: number }
  | { kind: 'focal' | 'vfl' | 'mal' | 'ia-bce'; alpha: number; gamma: number };

/** Cost of a pair in the matching. */
export type SetCost =
  | { kind: 'softmax'; class: number; l1: number; giou: number }
  | {
      kind: 'focal' | 'focal-exact';
      class: number;
      l1: number;
      giou: number;
      alpha: number;
      gamma: number;
    }
  | { kind: 'product'; power: number };

/** One number for each item of the loss; `fgl` and `ddf` where there are corners. */
export interface SetItems {
  cls: number;
  l1: number;
  giou: number;
  fgl?: number;
  ddf?: number;
}

export type SetPreset = 'detr' | 'deformable-detr' | 'rtdetr' | 'dfine' | 'deim' | 'rfdetr';

/** A member of a union by its kind, all but the kind being optional. */
type Partly<T> = T extends { kind: unknown } ? Pick<T, 'kind'> & Partial<Omit<T, 'kind'>> : never;

/** Options that change the numbers. Each one overrides the preset. */
export interface SetOptions {
  /** C */
  numClasses: number;
  preset?: SetPreset;
  classification?: SetClassification['kind'] | Partly<SetClassification>;
  cost?: SetCost['kind'] | Partly<SetCost>;
  gains?: Partial<SetItems>;
  /** Number of query groups that are matched separately. Default 1; 13 for 'rfdetr'. */
  groups?: number;
  /** Whether the normalizer leaves out the number of groups. Default false. */
  sumGroups?: boolean;
  /** Whether boxes of all outputs learn from the union of the matchings. */
  union?: boolean;
  /** R, even: corners have R + 1 bins. Default 32. */
  regMax?: number;
  /** Default 0.5. */
  up?: number;
  /** Default 4. */
  regScale?: number;
}

/** Pairs of queries and targets, ordered by image, then query; parallel arrays. */
export interface SetAssignment {
  image: Int32Array;
  /** Index among the queries of all groups. */
  query: Int32Array;
  /** Index among the targets of the image, in the order given. */
  target: Int32Array;
}
