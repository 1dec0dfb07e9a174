import type { Positives } from '../backend/assign/positives.ts';
import { taskAligned } from '../backend/assign/task-aligned.ts';
import type { HeadCall, HeadInputs, Pending } from '../backend/backend.ts';
import type { Dense, GroupedTargets, Predictions } from '../backend/inputs.ts';
import type { DetectionItems } from '../types.ts';
import type { Parts } from '../validate/form.ts';
import type { DetectionOptions } from '../validate/options.ts';
import type { DenseTensor } from '../validate/tensor.ts';
import type { AssigningTypes, Inputs } from './task.ts';

/** Structure of a head's predictions. */
export interface HeadParts {
  own: number | { readonly [name: string]: Parts };
  /** Parts that all heads of a detector share. */
  shared: { readonly [name: string]: Parts };
}

/** Checked predictions of a head. */
export interface HeadPredictions {
  predictions: Predictions<Dense>;
  parts: HeadParts;
  /** Tensors of the head, then those that heads share, in the order of the parts. */
  own: readonly DenseTensor[];
  shared: readonly DenseTensor[];
}

/** Checked targets, the same for all heads. */
export interface HeadTargets {
  targets: GroupedTargets;
  truth?: Inputs['truth'];
}

/** Destinations of a head's gradients. */
export interface HeadDestinations {
  own: readonly Dense[];
  /** Those of the shared tensors; null: another head writes them. */
  shared: readonly Dense[] | null;
}

/** One head of a call: what a backend needs of it, and what its task does. */
export interface Head<
  Read extends HeadPredictions = HeadPredictions,
  Truth extends HeadTargets = HeadTargets,
> extends HeadInputs {
  task: HeadTask<Read, Truth>;
  read: Read;
  truth: Truth;
  /** Factor of the head's loss in the total. */
  weight: number;
}

/**
 * A task's loss of one head, the detection loss and what the task adds to it. A criterion has one head, or two over the
 * same targets.
 */
export interface HeadTask<
  Read extends HeadPredictions = HeadPredictions,
  Truth extends HeadTargets = HeadTargets,
  Ready = unknown,
  More = unknown,
> {
  readonly options: DetectionOptions;
  /** Structure of the predictions without optional parts. */
  readonly parts: HeadParts;
  /** Names of optional parts that heads share. */
  readonly optionalShared?: readonly string[];

  /**
   * Checks predictions.
   *
   * @param name name of the head for messages, '' if there is one
   * @param given the head's own parts
   * @param shared an object with the parts that heads share, the same one if there is one head
   * @throws {ShapeError | BackendError}
   */
  read(action: string, name: string, given: unknown, shared: object, takesBuffers: boolean): Read;

  /** Checks targets. Throws ShapeError and TargetError. */
  readTargets(action: string, targets: unknown, read: Read): Truth;

  /** Begins stages that follow the assignment, before anything is written. */
  prepare?(
    on: HeadCall,
    head: Head<Read, Truth>,
    positives: Positives,
    hasGrads: boolean,
  ): Pending<Ready>;

  /** Joins what all heads have prepared; returns the index of the head that writes the shared gradients. Default 0. */
  join?(ready: readonly Ready[]): number;

  /** Begins stages beside those of the detection loss. */
  add?(
    on: HeadCall,
    head: Head<Read, Truth>,
    positives: Positives,
    grads: HeadDestinations | null,
    ready: Ready,
  ): Pending<More>;

  /** Returns the task's items after gains. */
  items(own: BoxItems, positives: Positives, more: More, ready: Ready): DetectionItems;
}

/** Items of the detection loss after gains, and that of angles. */
export interface BoxItems extends DetectionItems {
  angle: number;
}

/** Checked inputs of a criterion with heads. */
export interface HeadsInputs extends Inputs {
  heads: readonly Head[];
}

export interface HeadsTypes extends AssigningTypes {
  inputs: HeadsInputs;
}

/** Opens a head whose anchors are assigned by task-aligned assignment. */
export function headOf(
  task: HeadTask,
  read: HeadPredictions,
  truth: HeadTargets,
  weight: number,
): Head {
  const { assigner, classification, classWeights, boxLoss } = task.options;
  return {
    predictions: read.predictions,
    targets: truth.targets,
    assigner: taskAligned(assigner),
    classification,
    classWeights,
    boxLoss,
    task,
    read,
    truth,
    weight,
  };
}
