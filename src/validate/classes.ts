import type { ClassificationTargets } from '../classification-types.ts';
import { checkTargetKeys, checkWidth, readIndex, readRows } from './numbers.ts';

/**
 * Reads a classifier's targets [B].
 *
 * @throws {TargetError}
 */
export function validateClasses(
  action: string,
  targets: ClassificationTargets,
  batch: number,
  numClasses: number,
): Int32Array {
  checkTargetKeys(action, targets, ['cls']);
  const name = `${action}: targets.cls`;
  const cls = readRows(name, targets.cls, 1, {
    count: batch,
    why: 'the number of images in logits is',
  });
  checkWidth('TARGET_CLASS', name, cls, numClasses);
  return Int32Array.from({ length: batch }, (_, i) =>
    readIndex('TARGET_CLASS', name, cls, i, numClasses),
  );
}
