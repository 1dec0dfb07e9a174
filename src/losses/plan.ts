import type { Pending } from '../backend/backend.ts';
import type { Dense } from '../backend/inputs.ts';
import type { LossBackend, LossTensors } from '../backend/loss-backend.ts';
import type { OptionReader } from '../validate/option-reader.ts';
import type { DenseTensor } from '../validate/tensor.ts';

/** A call of a loss with an unchecked target. */
export interface Call {
  /** The loss's name, for messages. */
  action: string;
  input: DenseTensor;
  /** Whether tensors may be in GPUBuffers. */
  takesBuffers: boolean;
  target: unknown;
  options: OptionReader;
}

/** A checked call, ready to run. */
export interface Plan {
  /** Shape of the values before their reduction. */
  shape: readonly number[];
  /** Divisor of the sum in the mean. */
  divisor: number;
  /** Target that is read in place; null if it was copied. */
  target: DenseTensor | null;
  /** Computes the values and their gradient, and returns the sum of the values. */
  run(backend: LossBackend, tensors: LossTensors<Dense>): Pending<number>;
}

/** A plain loss. */
export interface LossModule {
  /** Names of the options that only this loss has. */
  options: readonly string[];
  /** Checks a call. Throws ConfigError, ShapeError and TargetError. */
  plan(call: Call): Plan;
}
