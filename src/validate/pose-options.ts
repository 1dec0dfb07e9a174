import type { PoseItems, PoseLossConfig } from '../task-types.ts';
import type { OptionReader } from './option-reader.ts';
import {
  type DetectionOptions,
  GAINS,
  parseAssigner,
  parseGains,
  parseHead,
  parseIou,
  readOptions,
} from './options.ts';
import { copyArrayLike } from './read.ts';

export interface PoseOptions extends DetectionOptions {
  gains: PoseItems;
  /** K, D. */
  keypointShape: readonly [count: number, numbers: number];
  /** [K] */
  sigmas: readonly number[];
}

/**
 * Standard deviations of human annotators over the object's scale: nose, eyes, ears, shoulders, elbows, wrists, hips,
 * knees, ankles. Source: the COCO keypoint evaluation.
 */
const COCO_SIGMAS = [
  0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087,
  0.087, 0.089, 0.089,
];

/** More than any skeleton has. */
const MOST_KEYPOINTS = 2 ** 16;

/** Throws ConfigError. */
export function parsePoseOptions(action: string, config: PoseLossConfig): PoseOptions {
  const given = readOptions(action, config, ['iou', 'keypointShape', 'sigmas']);
  const keypointShape = parseKeypointShape(given);
  return {
    ...parseHead(given),
    gains: parseGains(given, { ...GAINS, pose: 12, kobj: 1 }),
    assigner: parseAssigner(given),
    iou: parseIou(given),
    keypointShape,
    sigmas: parseSigmas(given, keypointShape[0]),
  };
}

function parseKeypointShape(given: OptionReader): readonly [number, number] {
  const [count, numbers] = given.integers('keypointShape', 1, [17, 3], 2);
  if ((numbers === 2 || numbers === 3) && count <= MOST_KEYPOINTS) return [count, numbers];
  throw given.invalid(
    'keypointShape',
    `[K, D] with K at most ${MOST_KEYPOINTS} and D = 2, or 3 with visibility`,
  );
}

function parseSigmas(given: OptionReader, count: number): readonly number[] {
  const value = given.raw('sigmas');
  if (value === undefined) {
    return count === COCO_SIGMAS.length ? COCO_SIGMAS : new Array(count).fill(1 / count);
  }
  const sigmas = copyArrayLike(value, count) ?? [];
  const isSpread = (sigma: unknown): sigma is number =>
    typeof sigma === 'number' && sigma > 0 && sigma < Infinity;
  if (sigmas.length === count && sigmas.every(isSpread)) return sigmas;
  throw given.invalid('sigmas', `${count} finite numbers above 0, one a keypoint`);
}
