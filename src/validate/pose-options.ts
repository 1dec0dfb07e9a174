import { countOf } from '../describe.ts';
import type { PoseItems, PoseLossConfig } from '../task-types.ts';
import type { OptionReader } from './option-reader.ts';
import {
  type DetectionOptions,
  GAINS,
  type HeadsOptions,
  ONE_HEAD,
  parseDetection,
  readOptions,
} from './options.ts';

/** Checked and complete configuration of a pose criterion. */
export interface PoseOptions extends DetectionOptions {
  gains: PoseItems;
  /** Number of keypoints K per target, and of numbers D per keypoint. */
  keypointShape: readonly [count: number, numbers: number];
  /** Standard deviations [K]. */
  sigmas: readonly number[];
  head: PoseHead;
}

/** Kinds of pose heads: YOLOv8's, and YOLO26's, which may have a likelihood. */
export type PoseHead = (typeof HEADS)[number];
const HEADS = ['v8', '26'] as const;

/**
 * Standard deviations of human annotators, relative to the object's scale: nose, eyes, ears, shoulders, elbows, wrists,
 * hips, knees, ankles. Source: the COCO keypoint evaluation.
 */
const COCO_SIGMAS = [
  0.026, 0.025, 0.025, 0.035, 0.035, 0.079, 0.079, 0.072, 0.072, 0.062, 0.062, 0.107, 0.107, 0.087,
  0.087, 0.089, 0.089,
];

/** Largest number of keypoints. */
const MOST_KEYPOINTS = 2 ** 16;

/**
 * Checks a pose criterion's configuration and fills in the defaults.
 *
 * @throws {ConfigError}
 */
export function parsePoseOptions(
  action: string,
  config: PoseLossConfig,
  heads: HeadsOptions = ONE_HEAD,
): PoseOptions {
  const own = ['iou', 'keypointShape', 'sigmas', 'head'];
  const given = readOptions(action, config, own, heads);
  const keypointShape = parseKeypointShape(given);
  return {
    ...parseDetection(given, { ...GAINS, pose: 12, kobj: 1, rle: 1 }, heads),
    keypointShape,
    sigmas: parseSigmas(given, keypointShape[0]),
    head: given.oneOf('head', HEADS, 'v8'),
  };
}

function parseKeypointShape(given: OptionReader): readonly [number, number] {
  const [count, numbers] = given.integers('keypointShape', 1, [17, 3], 2);
  const needed = `[K, D] with K at most ${MOST_KEYPOINTS} and D = 2, or 3 with visibility`;
  const isRight = () => (numbers === 2 || numbers === 3) && count <= MOST_KEYPOINTS;
  given.where('keypointShape', isRight, needed);
  return [count, numbers];
}

function parseSigmas(given: OptionReader, count: number): readonly number[] {
  const isSpread = (sigma: number) => sigma > 0 && sigma < Infinity;
  const needed = `${countOf(count, 'finite number')} above 0, one per keypoint`;
  const sigmas = given.numbers('sigmas', [count], isSpread, needed);
  if (sigmas) return [...sigmas];
  return count === COCO_SIGMAS.length ? COCO_SIGMAS : new Array(count).fill(1 / count);
}
