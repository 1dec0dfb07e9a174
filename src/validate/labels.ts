import { describe } from '../describe.ts';
import { TargetError } from '../errors.ts';
import type { Tensor } from '../types.ts';
import { checkTargetKeys, checkWidth } from './numbers.ts';
import { readTargetTensor } from './target-tensor.ts';

/**
 * Copies the labels of pixels [B, H, W]; those of `ignoreIndex` become −1.
 *
 * @param classes number of classes; labels are below it
 * @throws {ShapeError}
 * @throws {TargetError} TARGET_TYPE; TARGET_CLASS: a label that is neither a class nor `ignoreIndex`
 */
export function validateLabels(
  action: string,
  targets: { labels: unknown },
  batch: number,
  classes: number,
  ignoreIndex: number,
): Tensor<Int32Array> {
  checkTargetKeys(action, targets, ['labels']);
  const name = `${action}: targets.labels`;
  const axes = [
    ['B', batch],
    ['H', null],
    ['W', null],
  ] as const;
  const { data, shape } = readTargetTensor(name, targets.labels, axes);
  checkWidth('TARGET_CLASS', `${name}.data`, data, classes);
  const labels = new Int32Array(data.length);
  for (let i = 0; i < labels.length; i++) {
    const label = data[i];
    if (label === ignoreIndex) labels[i] = -1;
    // NaN and fractions are never equal to their integer part
    else if ((label | 0) === label && label >= 0 && label < classes) labels[i] = label;
    else {
      throw new TargetError(
        'TARGET_CLASS',
        `${name}.data[${i}] needs an integer from 0 to ${classes - 1} or the ignoreIndex ${ignoreIndex}, got ${describe(label)}`,
      );
    }
  }
  return { data: labels, shape: [...shape] };
}
