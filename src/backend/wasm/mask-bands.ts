import {
  type Crop,
  firstTap,
  type MaskBand,
  type MaskGroup,
  tappedRange,
} from '../assign/mask-groups.ts';
import { MASK_GROUP } from '../programs/criteria/kernels.ts';
import { SlotLayout } from '../runtime/task.ts';
import type { MaskGrads, MaskInputs } from '../task-inputs.ts';
import type { HeadContext } from './head.ts';
import { type MaskSource, maskFloats } from './mask-targets.ts';

/** Number of prototype values in a band: they and their gradients stay in a usual second-level cache. */
const BAND_FLOATS = 1 << 15;

/** Inputs that the images of a call share. */
export interface Stage extends HeadContext, MaskSource {
  inputs: MaskInputs;
  /** M. */
  channels: number;
  /** Size of the prototypes. */
  full: { height: number; width: number };
  /** Whether logits are resized to the masks. */
  isResized: boolean;
  /** Factor of the gradients. */
  scale: number;
  grads: MaskGrads | null;
}

/** First row of each band. All rows that read a row of prototypes first are in one band, so that two bands at most read it. */
export function startsOf({ channels, full, height }: Stage): number[] {
  const rows = Math.max(1, Math.floor(BAND_FLOATS / (channels * full.width)));
  const bandAt = (y: number) => Math.floor(firstTap(y, full.height, height) / rows);
  const all = Array.from({ length: height }, (_, y) => y);
  return all.filter((y) => y === 0 || bandAt(y) !== bandAt(y - 1));
}

/** Prototypes that the pixels of a crop read. */
export function prototypesOf({ isResized, full, height, width }: Stage, crop: Crop): Crop {
  if (!isResized) return crop;
  const [left, right] = tappedRange(crop.left, crop.right, full.width, width);
  const [top, bottom] = tappedRange(crop.top, crop.bottom, full.height, height);
  return { left, top, right, bottom };
}

/** Rows of prototypes that the pixels of a band read. */
export function prototypeRows({ isResized, full, height }: Stage, { from, to }: MaskBand) {
  return isResized ? tappedRange(from, to, full.height, height) : [from, to];
}

/** Number of coefficients of some groups, with padding. */
export function coefficientsOf({ channels }: Stage, groups: readonly MaskGroup[]): number {
  return groups.reduce((sum, { paddedCount }) => sum + channels * paddedCount, 0);
}

/** Bytes of the results of a band: f64 losses of its groups and gradients by their coefficients. */
export function resultBytes(stage: Stage, { groups }: MaskBand): number {
  return (groups.length + (stage.grads ? coefficientsOf(stage, groups) : 0)) * 8;
}

/** Offsets in a slot. */
export function layoutOf(stage: Stage, band: MaskBand) {
  const { channels, width, full, isResized, truth, grads } = stage;
  const [first, end] = prototypeRows(stage, band);
  const floats = channels * (end - first) * full.width;
  const pixels = (band.to - band.from) * width;
  const scratch = band.groups.map(({ paddedCount, crop }) => {
    const { left, top, right, bottom } = prototypesOf(stage, crop);
    const logits = paddedCount * (bottom - top) * inFours(right - left);
    // Their gradients, and a row of the crop with four words a column
    return isResized ? 2 * logits + 5 * inFours(crop.right - crop.left) : logits;
  });
  const layout = new SlotLayout();
  return {
    prototypes: layout.take(floats * 4),
    gradients: layout.take(grads?.prototypes ? floats * 4 : 0),
    groups: layout.take(band.groups.length * MASK_GROUP.bytes),
    masks: layout.take(maskFloats(truth, band.groups, pixels) * 4),
    result: layout.take(resultBytes(stage, band)),
    scratch: layout.take(Math.max(0, ...scratch) * 4),
    end: layout.end,
  };
}

function inFours(count: number): number {
  return Math.ceil(count / 4) * 4;
}
