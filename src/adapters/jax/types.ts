import type { AnyCriterion, TargetsOf, ValueOf } from '../any-criterion.ts';

/** What the adapter needs of a jax-js array. */
export interface JaxArray {
  /** Elements along each axis. */
  readonly shape: number[];
  /** 'float32', or it is an error. */
  readonly dtype: string;
  /** 'cpu', 'wasm' or 'webgpu'. */
  readonly device: string;
  /** Another reference to it: calls use one up. */
  readonly ref: JaxArray;
  /** Its numbers; uses up a reference. */
  data(): Promise<ArrayLike<number>>;
  /** Its GPUBuffer; uses up a reference. */
  gpuBuffer(): Promise<unknown>;
  /** Lets go of a reference. */
  dispose(): void;
}

/** What the adapter needs of jax-js: `import * as jax from '@jax-js/jax'`. */
export interface Jax {
  /** A function's value, and the function that pulls cotangents back. */
  vjp(f: never, primals: never): unknown;
  /** What makes arrays. */
  readonly numpy: {
    /** Of these numbers. */
    array(values: never, options?: never): JaxArray;
    /** Of zeros. */
    zeros(shape: number[], options?: never): JaxArray;
  };
}

/**
 * A criterion as the end of a jax-js model: see {@link detectionLoss}.
 *
 * @typeParam Criterion of any task
 */
export type JaxValueAndGrad<Criterion extends AnyCriterion> = <
  Model extends (...primals: never[]) => unknown,
>(
  /** Of any number of arguments, trees of arrays; gives predictions in the structure and layout the criterion takes. */
  model: Model,
  /** The model's arguments; used up, as by `vjp`: hand over `.ref`s of what you keep. */
  primals: Parameters<Model>,
  targets: TargetsOf<Criterion>,
) => Promise<
  ValueOf<Criterion> & {
    /** ∂total/∂primals, the caller's. */
    grads: Parameters<Model>;
  }
>;
