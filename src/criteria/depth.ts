import type { DepthCall, DepthSums } from '../backend/depth.ts';
import type { DepthGrads, DepthPredictions, DepthTargets, DepthValue } from '../depth-types.ts';
import { settled } from '../stages.ts';
import type { Tensor } from '../types.ts';
import type { DepthOptions } from '../validate/depth-options.ts';
import { objectForm, readParts } from '../validate/form.ts';
import { checkTargetKeys } from '../validate/numbers.ts';
import { readSized } from '../validate/sized.ts';
import { readTargetTensor } from '../validate/target-tensor.ts';
import type { Inputs, Task, TaskTypes } from './task.ts';

interface DepthInputs extends Inputs {
  truth: { name: string; tensor: Tensor<ArrayLike<number>> };
}

interface DepthTypes extends TaskTypes {
  predictions: DepthPredictions;
  targets: DepthTargets;
  inputs: DepthInputs;
  value: DepthValue;
  grads: DepthGrads;
  call: DepthCall;
}

/** Least number of pixels whose depth counts. */
const FEWEST = 10;
/** Added under the root. */
const EPS = 1e-6;

/** Deviation of the logarithmic depths, and differences of their gradients on up to four scales. */
export function depthTask({ gains, lambda, checkFinite }: DepthOptions): Task<DepthTypes> {
  return {
    form: objectForm<DepthGrads>({ depth: null }),

    validate(action, given, targets) {
      const parts = readParts(`${action}: predictions`, given, ['depth']);
      const axes = [
        ['B', null],
        ['1', 1],
        ['h', null],
        ['w', null],
      ] as const;
      const depth = readSized(`${action}: depth`, parts.depth, axes, checkFinite, false);
      checkTargetKeys(action, targets, ['depth']);
      const tensor = readTargetTensor(`${action}: targets.depth`, targets.depth, [
        ['B', depth.shape[0]],
        ['H', null],
        ['W', null],
      ]);
      return { heads: [], tensors: [depth], truth: { name: 'targets.depth', tensor } };
    },

    *loss(call, { tensors, truth: { tensor: truth } }) {
      const [predicted] = tensors as readonly Tensor[];
      const [batch, height, width] = truth.shape;
      const stages = call.on.depth({ predicted, truth });
      const sums = yield* settled(stages.sums());
      const { count, mean, squares } = sumOf(sums);
      const isEmpty = count < FEWEST;
      const root = Math.sqrt(squares / count + (1 - lambda) * mean ** 2 + EPS);
      const shares = sharesOf(sums[0].differences, batch, height, width);
      const differences = sums.flatMap((own) => [...own.differences.map((x, i) => x * shares[i])]);
      const items = {
        dlog: isEmpty ? 0 : gains.dlog * root,
        dgrad: isEmpty ? 0 : gains.dgrad * differences.reduce((sum, x) => sum + x, 0),
      };
      const [grad] = (call.destinations() ?? []) as readonly Float32Array[];
      if (grad && isEmpty) grad.fill(0);
      else if (grad) {
        const slope = (batch * gains.dlog) / (count * root);
        const factors = shares.map((share) => batch * gains.dgrad * share);
        yield* settled(stages.grad({ slope, centre: lambda * mean, factors }, grad));
      }
      return { total: batch * (items.dlog + items.dgrad), items };
    },
  };
}

/** Number, mean and squares of the errors of all images (Chan et al.). */
function sumOf(sums: readonly DepthSums[]): Omit<DepthSums, 'differences'> {
  const total = (termOf: (own: DepthSums) => number) =>
    sums.reduce((sum, own) => sum + (own.count > 0 ? termOf(own) : 0), 0);
  const count = total((own) => own.count);
  const mean = total((own) => own.count * own.mean) / count;
  const squares = total((own) => own.squares + own.count * (own.mean - mean) ** 2);
  return { count, mean, squares };
}

/** Shares of the differences along x and along y in their means over all positions of all images, level by level. */
function sharesOf(
  differences: Float64Array,
  batch: number,
  height: number,
  width: number,
): Float64Array {
  return differences.map((_, i) => {
    const [rows, columns] = [height >> (i >> 1), width >> (i >> 1)];
    const count = i % 2 === 0 ? rows * (columns - 1) : (rows - 1) * columns;
    return count > 0 ? 1 / (batch * count) : 0;
  });
}
