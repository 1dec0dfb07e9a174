import type { GroupedTargets } from '../backend/inputs.ts';
import type { MaskTargets } from '../backend/task-inputs.ts';
import { countOf, kindOf } from '../describe.ts';
import { TargetError } from '../errors.ts';
import { checkWidth } from './numbers.ts';
import { readTargetTensor } from './target-tensor.ts';

/**
 * Checks the masks of the targets.
 *
 * @throws {ShapeError}
 * @throws {TargetError} TARGET_TYPE; TARGET_MASK: a pixel is NaN or not the index of a target in its image
 */
export function validateMasks(
  action: string,
  masks: unknown,
  targets: GroupedTargets,
  overlap: boolean,
): MaskTargets {
  const name = `${action}: targets.masks`;
  const images = targets.offsets.length - 1;
  const planes = overlap ? (['B', images] as const) : (['N', targets.given] as const);
  const tensor = readTargetTensor(name, masks, [planes, ['H', null], ['W', null]]);
  if (overlap) checkIndices(name, tensor, targets);
  else checkNoNaN(name, tensor);
  return { masks: tensor, overlap };
}

/** Checks that no pixel is NaN, which is neither background nor target. */
function checkNoNaN(name: string, { data }: MaskTargets['masks']): void {
  const isWhole = /Int|Uint/.test(kindOf(data));
  if (isWhole) return;
  for (let i = 0; i < data.length; i++) {
    if (!Number.isNaN(data[i])) continue;
    throw new TargetError('TARGET_MASK', `${name}.data[${i}] needs a number, got NaN`);
  }
}

/** Checks that every pixel is 0, or 1 + the index of a target in its image. */
function checkIndices(
  name: string,
  { data, shape: [images, height, width] }: MaskTargets['masks'],
  { offsets }: GroupedTargets,
): void {
  const size = height * width;
  for (let b = 0; b < images; b++) {
    const most = offsets[b + 1] - offsets[b];
    checkWidth('TARGET_MASK', `${name}.data`, data, most + 1);
    for (let i = b * size; i < (b + 1) * size; i++) {
      const index = data[i];
      // NaN and fractions are never equal to their integer part
      if ((index | 0) === index && index >= 0 && index <= most) continue;
      throw new TargetError(
        'TARGET_MASK',
        `${name} needs integers from 0 to ${most} in image ${b}, which has ${countOf(most, 'target')}, got ${index}; ` +
          'with overlap: false, every target has a mask of its own',
      );
    }
  }
}
