import type { DetectionLossConfig, IouKind, OverlapKind, Reference } from 'detloss';
import type { HeadConfig } from './scene.ts';

/** Values of the controls. */
export interface Settings {
  reference: Reference;
  topk: number;
  alpha: number;
  beta: number;
  box: number;
  cls: number;
  dfl: number;
  overlap: OverlapKind;
  iou: IouKind;
  classification: 'bce' | 'varifocal' | 'focal';
  backend: 'wasm' | 'webgpu';
}

/** Names of the settings that are numbers. */
export type Quantity = 'topk' | 'alpha' | 'beta' | 'box' | 'cls' | 'dfl';

/** Defaults of the package, with WASM as backend because every browser has it. */
export const DEFAULTS: Settings = {
  reference: '8.4',
  topk: 10,
  alpha: 0.5,
  beta: 6,
  box: 7.5,
  cls: 0.5,
  dfl: 1.5,
  overlap: 'ciou',
  iou: 'ciou',
  classification: 'bce',
  backend: 'wasm',
};

/** Options of the criterion for a head and these settings. */
export function configOf(head: HeadConfig, settings: Settings): DetectionLossConfig {
  const { reference, topk, alpha, beta, overlap, box, cls, dfl, iou, classification, backend } =
    settings;
  return {
    ...head,
    reference,
    assigner: { topk, alpha, beta, overlap },
    gains: { box, cls, dfl },
    iou,
    classification,
    backend,
  };
}
