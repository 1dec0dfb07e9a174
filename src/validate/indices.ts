import { checkWidth, readElements, readIndex } from './numbers.ts';
import { checkShape } from './shape.ts';
import { type GivenTensor, readShape } from './tensor.ts';

/**
 * Reads a tensor of class indices in any array-like.
 *
 * @param needed required shape
 * @param whose the tensor that has that shape, for messages
 * @param ignored index that stands for no class; it becomes −1
 * @throws {ShapeError | TargetError}
 */
export function readIndices(
  name: string,
  tensor: unknown,
  needed: readonly number[],
  whose: string,
  classes: number,
  ignored?: number,
): Int32Array {
  checkShape(name, readShape(name, tensor), needed, whose);
  const list = readElements(name, (tensor as GivenTensor).data, needed, 'integers');
  checkWidth('TARGET_CLASS', `${name}.data`, list, Math.max(classes, (ignored ?? 0) + 1));
  const otherwise = ignored === undefined ? '' : ` or the ignoreIndex ${ignored}`;
  const indices = new Int32Array(list.length);
  for (let i = 0; i < indices.length; i++) {
    indices[i] =
      ignored !== undefined && list[i] === ignored
        ? -1
        : readIndex('TARGET_CLASS', `${name}.data`, list, i, classes, otherwise);
  }
  return indices;
}
