import { describe, expect, it } from 'vitest';
import { sidesOf } from '../../../src/backend/assign/geometry.ts';
import { ROTATED } from '../../../src/backend/assign/rotated.ts';
import { UPRIGHT } from '../../../src/backend/assign/upright.ts';
import { prepareRotatedTargets } from '../../../src/reference/rotated-targets.ts';
import { prepareTargets } from '../../../src/reference/targets.ts';
import { lengths } from '../../lib/kernels.ts';
import { uniforms } from '../../lib/random.ts';
import { randomBoxes } from '../../lib/random-boxes.ts';
import { recordOf } from '../../lib/rotated-record.ts';

const size = { imageWidth: 640, imageHeight: 384 };

/** Targets of one image. */
function targetsOf(boxes: ArrayLike<number>, angles: ArrayLike<number> = []) {
  const count = boxes.length / 4;
  return {
    offsets: Int32Array.of(0, count),
    source: Int32Array.from({ length: count }, (_, n) => n),
    cls: new Int32Array(count),
    boxes: Float64Array.from(boxes),
    angles: Float64Array.from(angles),
    given: count,
  };
}

function randomTargets(count: number) {
  const image = { width: size.imageWidth, height: size.imageHeight, stride: 8 };
  const uniform = uniforms(count);
  const boxes = randomBoxes('mixed', count, uniform, image);
  return targetsOf(
    boxes,
    Array.from({ length: count }, () => 7 * (uniform() - 0.5)),
  );
}

describe('UPRIGHT', () => {
  it.each(lengths)('%d boxes: sides and records are the reference’s boxes, exactly', (count) => {
    const targets = randomTargets(count);
    const { cls, boxes } = targets;
    const given = { batchIdx: cls, cls, bboxes: boxes };
    const [expected] = prepareTargets(given, 1, size.imageWidth, size.imageHeight);
    expect([...sidesOf(targets, size)]).toEqual(expected.flatMap(({ box }) => box));
    expect(UPRIGHT.recordsOf(targets, size)).toEqual(sidesOf(targets, size));
  });
});

describe('ROTATED', () => {
  const { recordNumbers } = ROTATED;
  const recordsOf = (targets: ReturnType<typeof targetsOf>, frame = size) => {
    const records = ROTATED.recordsOf(targets, frame);
    return Array.from(targets.source, (n) => [
      ...records.subarray(recordNumbers * n, recordNumbers * (n + 1)),
    ]);
  };

  it.each(lengths)('%d boxes: records are the reference’s boxes, exactly', (count) => {
    const targets = randomTargets(count);
    const { cls, boxes, angles } = targets;
    const bboxes = [...angles].flatMap((angle, n) => [...boxes.subarray(4 * n, 4 * n + 4), angle]);
    const given = { batchIdx: cls, cls, bboxes };
    const records = recordsOf(targets);
    expect(records.length).toBe(count);
    const [expected] = prepareRotatedTargets(given, 1, size.imageWidth, size.imageHeight);
    for (const { source, rotated } of expected) {
      expect(records[source]).toEqual(recordOf(rotated));
    }
  });
});
