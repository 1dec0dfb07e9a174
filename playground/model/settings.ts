import type { DetectionLossConfig, IouKind } from 'detloss';
import type { HeadConfig } from './scene.ts';

/** What the controls set. */
export interface Settings {
  topk: number;
  alpha: number;
  beta: number;
  box: number;
  cls: number;
  dfl: number;
  iou: IouKind;
  classification: 'bce' | 'varifocal' | 'focal';
  backend: 'wasm' | 'webgpu';
}

/** The settings that are numbers. */
export type Quantity = 'topk' | 'alpha' | 'beta' | 'box' | 'cls' | 'dfl';

/** The package's own defaults; WASM, because it is everywhere. */
export const DEFAULTS: Settings = {
  topk: 10,
  alpha: 0.5,
  beta: 6,
  box: 7.5,
  cls: 0.5,
  dfl: 1.5,
  iou: 'ciou',
  classification: 'bce',
  backend: 'wasm',
};

/** The criterion's options of a head under these settings. */
export function configOf(head: HeadConfig, settings: Settings): DetectionLossConfig {
  const { topk, alpha, beta, box, cls, dfl, iou, classification, backend } = settings;
  return {
    ...head,
    assigner: { topk, alpha, beta },
    gains: { box, cls, dfl },
    iou,
    classification,
    backend,
  };
}
