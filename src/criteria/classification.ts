import type { ClassifierCall } from '../backend/classifier.ts';
import type { CrossEntropyLoss } from '../backend/loss-backend.ts';
import type {
  ClassificationPredictions,
  ClassificationTargets,
  ClassificationValue,
} from '../classification-types.ts';
import { settled } from '../stages.ts';
import type { TensorData } from '../types.ts';
import { validateClasses } from '../validate/classes.ts';
import type { ClassificationOptions } from '../validate/classification-options.ts';
import { objectForm, readParts } from '../validate/form.ts';
import { readSized } from '../validate/sized.ts';
import type { Inputs, Task, TaskTypes } from './task.ts';

interface ClassificationInputs extends Inputs {
  loss: CrossEntropyLoss;
}

interface ClassificationTypes extends TaskTypes {
  predictions: ClassificationPredictions<this['data']>;
  targets: ClassificationTargets;
  inputs: ClassificationInputs;
  value: ClassificationValue;
  grads: ClassificationPredictions<this['data']>;
  call: ClassifierCall;
}

/** Mean softmax cross-entropy over the batch. */
export function classificationTask({
  numClasses,
  labelSmoothing,
  checkFinite,
}: ClassificationOptions): Task<ClassificationTypes> {
  // Allocated once logits have confirmed the number of classes
  let weights: Float64Array | undefined;
  return {
    form: objectForm<ClassificationPredictions<TensorData>>({ logits: null }),

    validate(action, given, targets, takesBuffers) {
      const parts = readParts(`${action}: predictions`, given, ['logits']);
      const logits = readSized(
        `${action}: logits`,
        parts.logits,
        [
          ['B', null],
          ['C', numClasses],
        ],
        checkFinite,
        takesBuffers,
      );
      const [batch] = logits.shape;
      weights ??= new Float64Array(numClasses).fill(1);
      const cls = validateClasses(action, targets, batch, numClasses);
      return {
        heads: [],
        tensors: [logits],
        loss: {
          outer: batch,
          classes: numClasses,
          inner: 1,
          target: { kind: 'indices', data: cls },
          weights,
          hot: 1 - labelSmoothing,
          spread: labelSmoothing / numClasses,
        },
      };
    },

    *loss(call, { tensors: [logits], loss }) {
      const { action, on } = call;
      const { data: input } = logits;
      if (checkFinite) yield* settled(on.checkFinite(action, 'logits', input, numClasses));
      const [grad] = call.destinations() ?? [null];
      const names = { input: 'logits', out: 'out.logits' };
      const tensors = { action, names, input, grad, values: null, scale: 1 / loss.outer };
      const sum = yield* settled(on.crossEntropy(tensors, loss));
      const mean = sum / loss.outer;
      return { total: mean, items: { loss: mean } };
    },
  };
}
