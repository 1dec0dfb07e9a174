import type { SoftmaxCall } from '../backend/softmax.ts';
import type {
  SemanticGrads,
  SemanticPredictions,
  SemanticTargets,
  SemanticValue,
} from '../semantic-types.ts';
import { settled } from '../stages.ts';
import type { Tensor, TensorData } from '../types.ts';
import { type Form, objectForm, readParts } from '../validate/form.ts';
import { validateLabels } from '../validate/labels.ts';
import type { SemanticOptions } from '../validate/semantic-options.ts';
import { readSized } from '../validate/sized.ts';
import { crossEntropy, diceLoss, pixelShares } from './class-terms.ts';
import type { Inputs, Task, TaskTypes } from './task.ts';

interface SemanticInputs extends Inputs {
  form: Form<unknown>;
  labels: Tensor<Int32Array>;
}

interface SemanticTypes extends TaskTypes {
  predictions: SemanticPredictions<this['data']>;
  targets: SemanticTargets;
  inputs: SemanticInputs;
  value: SemanticValue;
  grads: SemanticGrads<this['data']>;
  call: SoftmaxCall;
}

/** Cross-entropy and Dice loss of every pixel's class, and cross-entropy of auxiliary logits. */
export function semanticTask(options: SemanticOptions): Task<SemanticTypes> {
  const { numClasses, ignoreIndex, auxiliaryGain, classWeights, checkFinite } = options;
  const form = objectForm<SemanticGrads<TensorData>>({ logits: null });
  const withAuxiliary = objectForm<SemanticGrads<TensorData>>({ logits: null, auxiliary: null });

  return {
    form,

    validate(action, given, targets, takesBuffers) {
      const parts = readParts(`${action}: predictions`, given, ['logits'], ['auxiliary']);
      const read = (name: string, tensor: unknown, batch: number | null) =>
        readSized(
          `${action}: ${name}`,
          tensor,
          [
            ['B', batch],
            ['C', numClasses],
            ['h', null],
            ['w', null],
          ],
          checkFinite,
          takesBuffers,
        );
      const logits = read('logits', parts.logits, null);
      const [batch] = logits.shape;
      const hasAuxiliary = given.auxiliary !== undefined;
      const labels = validateLabels(action, targets, batch, Math.max(numClasses, 2), ignoreIndex);
      return {
        heads: [],
        tensors: hasAuxiliary ? [logits, read('auxiliary', given.auxiliary, batch)] : [logits],
        form: hasAuxiliary ? withAuxiliary : form,
        labels,
      };
    },

    *loss(call, { tensors, form: { names }, labels }) {
      const { on } = call;
      const [batch] = labels.shape;
      const logits = tensors.map((tensor, i) => {
        return { name: names[i], logits: tensor, labels, checkFinite };
      });
      const softmax = on.softmax(logits);
      const [main, auxiliary] = yield* settled(softmax.sums());
      const shares = pixelShares(main, numClasses > 1 ? classWeights : undefined);
      const dice = diceLoss(main, numClasses > 1 ? 0 : 1);
      const items = {
        ce: crossEntropy(main, shares),
        dice: dice.value,
        aux: auxiliary ? auxiliaryGain * crossEntropy(auxiliary, shares) : 0,
      };
      const grads = call.destinations();
      if (grads) {
        const scaled = (numbers: Float64Array, factor: number) => numbers.map((x) => factor * x);
        const none = new Float64Array(shares.length);
        const factors = [
          {
            entropy: scaled(shares, batch),
            own: scaled(dice.own, batch),
            other: scaled(dice.other, batch),
          },
          { entropy: scaled(shares, batch * auxiliaryGain), own: none, other: none },
        ];
        yield* settled(softmax.grads(factors, grads));
      }
      return { total: batch * (items.ce + items.dice + items.aux), items };
    },
  };
}
