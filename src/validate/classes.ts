import type { ClassificationTargets } from '../task-types.ts';
import { readIndex, readRows } from './numbers.ts';

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
  const name = `${action}: targets.cls`;
  const cls = readRows(name, targets.cls, 1, {
    count: batch,
    why: 'the number of images in logits is',
  });
  return Int32Array.from({ length: batch }, (_, i) =>
    readIndex('TARGET_CLASS', name, cls, i, numClasses),
  );
}
