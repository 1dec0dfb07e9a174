import type { TfTensor } from './types.ts';

/** A forward pass with its own gradient, as tf.customGrad takes it. */
export type CustomGrad = () => { value: TfTensor; gradFunc: (dy: TfTensor) => TfTensor[] };

/** A step of the forward pass, with the tensors that its gradient needs. */
export interface TapeNode {
  readonly saved?: readonly { dispose(): void }[];
}

/** The part of TensorFlow.js that the adapter calls. Its own types would need an installed TensorFlow.js. */
export interface TfApi {
  getBackend(): string;
  backend(): { uploadToGPU?(dataId: object): void };
  engine(): {
    readonly state: { activeTape: TapeNode[] | null; readonly gradientDepth: number };
    gradients(f: () => TfTensor, xs: TfTensor[], dy: undefined, allowNoGradients: true): unknown;
  };
  scalar(value: number): TfTensor;
  tensor(
    values: Float32Array | { buffer: unknown; zeroCopy: true },
    shape: number[],
    dtype: 'float32',
  ): TfTensor;
  mul(a: TfTensor, b: number): TfTensor;
  keep(tensor: TfTensor): TfTensor;
  tidy<T>(f: () => T): T;
  customGrad(f: CustomGrad): (...inputs: TfTensor[]) => TfTensor;
  variableGrads(
    f: () => TfTensor,
    variables?: unknown,
  ): { value: TfTensor; grads: Record<string, TfTensor> };
}

export function isTfTensor(value: unknown): value is TfTensor {
  const { dataId, dataSync } = (value ?? {}) as Partial<TfTensor>;
  return dataId !== undefined && typeof dataSync === 'function';
}
