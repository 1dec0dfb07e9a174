import type { AnyCriterion, TargetsOf, ValueOf } from '../any-criterion.ts';

/** What the adapter needs of a jax-js array. */
export interface JaxArray {
  readonly shape: number[];
  readonly dtype: string;
  readonly device: string;
  readonly ref: JaxArray;
  data(): Promise<ArrayLike<number>>;
  gpuBuffer(): Promise<unknown>;
  dispose(): void;
}

/** What the adapter needs of jax-js: `import * as jax from '@jax-js/jax'`. */
export interface Jax {
  vjp(f: never, primals: never): unknown;
  readonly numpy: {
    array(values: never, options?: never): JaxArray;
    zeros(shape: number[], options?: never): JaxArray;
  };
}

/** A criterion as the end of a jax-js model: see `detectionLoss`. */
export type JaxValueAndGrad<Criterion extends AnyCriterion> = <
  Model extends (...primals: never[]) => unknown,
>(
  /** Of any number of arguments, trees of arrays; gives predictions in the structure and layout the criterion takes. */
  model: Model,
  /** The model's arguments; used up, as by `vjp`: hand over `.ref`s of what you keep. */
  primals: Parameters<Model>,
  targets: TargetsOf<Criterion>,
) => Promise<ValueOf<Criterion> & { grads: Parameters<Model> }>;
