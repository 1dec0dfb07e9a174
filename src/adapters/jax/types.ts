import type { AnyCriterion, CallOptionsOf, TargetsOf, ValueOf } from '../any-criterion.ts';

/** The part of a jax-js array that the adapter uses. */
export interface JaxArray {
  /** Number of elements along each axis. */
  readonly shape: number[];
  /** Element type; must be 'float32'. */
  readonly dtype: string;
  /** 'cpu', 'wasm' or 'webgpu'. */
  readonly device: string;
  /** Another reference to the array; each call consumes one. */
  readonly ref: JaxArray;
  /** Reads the elements; consumes a reference. */
  data(): Promise<ArrayLike<number>>;
  /** Returns the array's GPUBuffer; consumes a reference. */
  gpuBuffer(): Promise<unknown>;
  /** Releases a reference. */
  dispose(): void;
}

/** The part of jax-js that the adapter uses: `import * as jax from '@jax-js/jax'`. */
export interface Jax {
  /** Returns a function's value, and the function that pulls cotangents back. */
  vjp(f: never, primals: never): unknown;
  /** Functions that create arrays. */
  readonly numpy: {
    /** Creates an array of these values. */
    array(values: never, options?: never): JaxArray;
    /** Creates an array of zeros. */
    zeros(shape: number[], options?: never): JaxArray;
  };
}

/**
 * A criterion as the end of a jax-js model: see {@link adaptCriterion}.
 *
 * @typeParam Criterion type of the criterion
 */
export type JaxValueAndGrad<Criterion extends AnyCriterion> = <Primals extends unknown[]>(
  /** Function of any number of trees of arrays that returns predictions in the criterion's structure and layout. */
  model: (...primals: Primals) => unknown,
  /** The model's arguments. They are consumed, as by `vjp`: pass `.ref`s of arrays that you keep. */
  primals: [...Primals],
  targets: TargetsOf<Criterion>,
  /** Options of the criterion's call, such as `headWeights` of two heads. */
  options?: CallOptionsOf<Criterion>,
) => Promise<
  ValueOf<Criterion> & {
    /** ∂total/∂primals, arrays that the caller owns. */
    grads: Primals;
  }
>;
