import { hostFloats } from '../../host-memory.ts';
import type { DetectorCall, HeadCall, HeadGrads, HeadInputs } from '../backend.ts';
import { type Dense, lengthOf } from '../inputs.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import type { KeypointGrads, KeypointInputs, MaskGrads, MaskInputs } from '../task-inputs.ts';
import { assign } from './assign.ts';
import { openHead } from './head.ts';
import type { keypointLikelihood, keypoints } from './keypoints.ts';
import { losses } from './losses.ts';
import type { masks } from './masks.ts';

/** Stages that only some tasks have. */
export interface TaskStages {
  masks: typeof masks;
  keypoints: typeof keypoints;
  likelihood: typeof keypointLikelihood;
}

/** A call on WASM, whose stages are synchronous and whose tensors are all arrays. */
export function openCall(
  engine: CriteriaEngine,
  action: string,
  heads: readonly HeadInputs[],
  stages: TaskStages,
): DetectorCall {
  const calls = heads.map((head) => headCall(engine, head, stages));
  return {
    head: (index) => calls[index],
    allocate: (like) => hostFloats(action, 'gradients', lengthOf(like)),
    end: () => engine.end(),
  };
}

function headCall(engine: CriteriaEngine, inputs: HeadInputs, stages: TaskStages): HeadCall {
  const { classification, classWeights, boxLoss } = inputs;
  const head = openHead(engine, inputs);
  return {
    assign: () => assign(head),
    losses: (positives, scale, grads) =>
      losses(head, positives, {
        classification,
        classWeights,
        boxLoss,
        scale,
        grads: grads as HeadGrads<Float32Array> | null,
      }),
    masks: (positives, given: MaskInputs<Dense>, scale, grads) =>
      stages.masks(head, positives, given as MaskInputs, scale, grads as MaskGrads | null),
    likelihood: (positives, given: KeypointInputs<Dense>, scale) =>
      stages.likelihood(head, positives, given as KeypointInputs, scale),
    keypoints: (positives, given: KeypointInputs<Dense>, scale, grads, likelihood) =>
      stages.keypoints(
        head,
        positives,
        given as KeypointInputs,
        scale,
        grads as KeypointGrads | null,
        likelihood,
      ),
  };
}
