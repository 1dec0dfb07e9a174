import type { DetectionTargets, Tensor } from '../../src/types.ts';
import {
  assignedOf,
  type Golden,
  type GoldenConfig,
  loadFixture,
  optionsOf,
  targetsOf,
} from './golden.ts';

/** Cases of the tasks other than detection: inputs and gradients are stored in full. */
export const segmentationCases = ['segment-overlap', 'segment-separate'] as const;
export const poseCases = ['pose-coco17', 'pose-5x2'] as const;

/** Configuration of a task: detection's, with the task's own fields. */
interface TaskConfig extends Omit<GoldenConfig, 'gains' | 'topk'> {
  gains: GoldenConfig['gains'] & { pose: number; kobj: number };
  topk: number & [number, number];
  /** segment-* */
  overlap: boolean;
  /** pose-coco17 */
  sigmas?: number[];
}

/** Contents of a case. */
export interface TaskGolden {
  config: TaskConfig;
  /** Expected total, items, targetScoresSum and positives. */
  expected: Record<string, number>;
  /** Options of the criterion, including those of detection. */
  options: Omit<ReturnType<typeof optionsOf>, 'gains'> & Pick<TaskConfig, 'gains'>;
  targets: DetectionTargets;
  assigned: Golden['assigned'];
  tensor(name: string): Tensor;
  /** Reads one tensor per level: `prefix.0`, `prefix.1`, … */
  levels(prefix: string): Tensor[];
}

/** Loads a case of any task that has boxes. `dual` has no `assigned`. */
export async function loadTaskGolden(name: string): Promise<TaskGolden> {
  const { case: file, tensors } = await loadFixture(name);
  const config = file.config as TaskConfig;
  const tensor = (key: string) => tensors[key] as Tensor;
  return {
    config,
    expected: file.expected as unknown as Record<string, number>,
    options: { ...optionsOf({ config }), gains: config.gains },
    targets: targetsOf(tensors),
    get assigned() {
      return assignedOf(tensors);
    },
    tensor,
    levels: (prefix) => config.strides.map((_, l) => tensor(`${prefix}.${l}`)),
  };
}
