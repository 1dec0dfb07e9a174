import type { Tensor } from '../../types.ts';
import type { CentreBox } from './targets.ts';
import type { SetOutput, SetPredictions } from './types.ts';

/** Any numbers. */
type Data = ArrayLike<number>;
export type Output = SetOutput<Data>;
export type Predictions = SetPredictions<Data>;

/** An output, with what its items need. */
export interface NamedOutput {
  /** Path in the predictions, such as 'layers.0' or 'denoising.pre'. */
  name: string;
  output: Output;
  /** True if its pairs are known; otherwise they are matched. */
  denoising: boolean;
  /** Boxes from which its corners measure. */
  references?: Tensor<Data>;
  /** Last layer of the block, from which its corners learn. */
  teacher?: Output;
}

/** Lists all outputs; those that are matched come first. */
export function outputsOf(predictions: Predictions): NamedOutput[] {
  const { encoder, denoising } = predictions;
  return [
    ...blockOutputs(predictions, ''),
    ...(encoder ? [{ name: 'encoder', output: encoder, denoising: false }] : []),
    ...(denoising ? blockOutputs(denoising, 'denoising.') : []),
  ];
}

function blockOutputs({ layers, pre, references }: Predictions, prefix: string): NamedOutput[] {
  const denoising = prefix !== '';
  const last = layers.length - 1;
  const named: NamedOutput[] = layers.map((output, l) => {
    const item: NamedOutput = { name: `${prefix}layers.${l}`, output, denoising };
    if (references && output.corners) item.references = references;
    // The last denoising layer learns from itself: the item is there, and 0
    if (output.corners && (l < last || denoising)) item.teacher = layers[last];
    return item;
  });
  if (pre) named.push({ name: `${prefix}pre`, output: pre, denoising });
  return named;
}

/** Numbers of one query. */
export function rowOf({ data, shape }: Tensor<Data>, image: number, query: number): number[] {
  const start = rowStart(shape, image, query);
  return Array.from({ length: shape[2] }, (_, i) => data[start + i]);
}

export function boxOf({ boxes }: Output, image: number, query: number): CentreBox {
  return rowOf(boxes, image, query) as CentreBox;
}

/** Index of a query's first number in a tensor [B, Q, …]. */
export function rowStart(shape: readonly number[], image: number, query: number): number {
  return (image * shape[1] + query) * shape[2];
}

/** Channel of a class: 0 in an output with one channel, which does not tell classes apart. */
export function channelOf({ logits }: Output, cls: number): number {
  return logits.shape[2] === 1 ? 0 : cls;
}
