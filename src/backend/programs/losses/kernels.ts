import type { AnyKernels } from '../criteria/kernels.ts';

/** A plain loss of every element by itself. */
type ElementwiseKernel = (
  input: number,
  target: number,
  count: number,
  grad: number,
  values: number,
  parameters: number,
  scratch: number,
) => number;

/** The exported kernels of the plain losses; pointers are byte offsets into `memory`. See `assembly/losses/` for each. */
export interface LossKernels extends AnyKernels {
  mse: ElementwiseKernel;
  l1: ElementwiseKernel;
  huber: ElementwiseKernel;
  hinge: ElementwiseKernel;
  squaredHinge: ElementwiseKernel;
  logLoss: ElementwiseKernel;
  klDiv: ElementwiseKernel;
  bceWithLogits: ElementwiseKernel;
  weightedBceWithLogits: ElementwiseKernel;
  focal: ElementwiseKernel;
  varifocal: ElementwiseKernel;
  qualityFocal: ElementwiseKernel;
  crossEntropy(
    input: number,
    target: number,
    grad: number,
    values: number,
    outer: number,
    classes: number,
    inner: number,
    pitch: number,
    kind: number,
    weights: number,
    parameters: number,
    scratch: number,
  ): number;
  multiMargin(
    input: number,
    target: number,
    grad: number,
    values: number,
    rows: number,
    classes: number,
    isSquared: boolean,
    factors: number,
    parameters: number,
  ): number;
  diceSums(input: number, target: number, rows: number, length: number, sums: number): void;
  diceSlopes(
    input: number,
    target: number,
    grad: number,
    rows: number,
    length: number,
    totals: number,
    scale: number,
  ): void;
  boxIou(
    pred: number,
    target: number,
    count: number,
    kind: number,
    grad: number,
    values: number,
    scale: number,
    scratch: number,
  ): number;
  rotatedIou(
    pred: number,
    target: number,
    count: number,
    grad: number,
    values: number,
    scale: number,
    scratch: number,
  ): number;
}

/** As `TASK_KERNELS`. */
export const LOSS_KERNELS = [
  'mse',
  'l1',
  'huber',
  'hinge',
  'squaredHinge',
  'logLoss',
  'klDiv',
  'bceWithLogits',
  'weightedBceWithLogits',
  'focal',
  'varifocal',
  'qualityFocal',
  'crossEntropy',
  'multiMargin',
  'diceSums',
  'diceSlopes',
  'boxIou',
  'rotatedIou',
] as const satisfies readonly (keyof LossKernels)[];
