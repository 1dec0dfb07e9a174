import type { Dense, Pending } from '../backend/backend.ts';
import type { LossBackend, LossTensors } from '../backend/loss-backend.ts';
import type { OptionReader } from '../validate/option-reader.ts';
import type { DenseTensor } from '../validate/tensor.ts';

/** A call of a loss: its name, for messages, and its arguments, of which the target is still to be checked. */
export interface Call {
  action: string;
  input: DenseTensor;
  /** Whether tensors may be in GPUBuffers. */
  takesBuffers: boolean;
  /** Its parts are read already: see `readTensorOnce`. */
  target: unknown;
  options: OptionReader;
}

/** A checked call, ready to run. */
export interface Plan {
  /** Of the values before their reduction. */
  shape: readonly number[];
  /** What the mean divides their sum by. */
  divisor: number;
  /** The target, where it is read in place. */
  target: DenseTensor | null;
  /** Gives the sum of the values. */
  run(backend: LossBackend, tensors: LossTensors<Dense>): Pending<number>;
}

/** A plain loss. */
export interface LossModule {
  /** Names of its own options. */
  options: readonly string[];
  /** Throws ConfigError, ShapeError and TargetError. */
  plan(call: Call): Plan;
}
