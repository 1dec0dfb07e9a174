import { expect, it } from 'vitest';
import { validateKeypoints } from '../../src/validate/keypoints.ts';

it('validateKeypoints: all is 0 where a keypoint is not visible, whatever stands there', () => {
  const data = [0.5, 0.25, 2, Number.NaN, 300, 0, 0.1, 0.2, 1, 0.3, 0.4, 0];
  const keypoints = { data, shape: [2, 2, 3] };
  const read = validateKeypoints('test', keypoints, 2, [2, 3]);
  expect([...read]).toEqual([0.5, 0.25, 1, 0, 0, 0, 0.1, 0.2, 1, 0, 0, 0]);
  expect(validateKeypoints('test', keypoints, 2, [2, 2])).toEqual(read);
});
