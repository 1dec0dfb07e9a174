import type { ClassificationTargets } from '../task-types.ts';
import { checkCount, checkIndex, plainList } from './rows.ts';

/** A classifier's targets [B]. Throws TargetError. */
export function validateClasses(
  action: string,
  targets: ClassificationTargets,
  batch: number,
  numClasses: number,
): Int32Array {
  const cls = plainList(targets.cls);
  checkCount(action, 'cls', cls, batch, 1, 'logits have images,');
  return Int32Array.from({ length: batch }, (_, i) =>
    checkIndex(action, 'cls', i, cls[i], numClasses),
  );
}
