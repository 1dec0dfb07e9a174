import { CRITERIA, type CriteriaProgram, DETECTION } from './backend/programs/criteria/program.ts';
import { selectBackend } from './backend/select.ts';
import type { StageSet } from './backend/webgpu/pipelines.ts';
import { AssigningCriterion } from './criteria/assigning-criterion.ts';
import { detectionHead } from './criteria/detection.ts';
import { dualTask } from './criteria/dual.ts';
import type { HeadTask } from './criteria/head-task.ts';
import type { DualLoss, DualLossConfig, DualTask } from './dual-types.ts';
import { loadPart } from './load-part.ts';
import { parseDualOptions, parseDualTask } from './validate/dual-options.ts';
import { type DetectionOptions, type HeadsOptions, parseOptions } from './validate/options.ts';

/** Functions of a task: one checks its options, one makes the loss of a head. */
interface Part {
  parse(action: string, config: never, heads: HeadsOptions): DetectionOptions;
  headTask(options: never): HeadTask;
}

/** A task: its part, and the program and stages that it needs of a backend. */
interface Entry {
  program: CriteriaProgram;
  stages: readonly StageSet[];
  load(): Promise<Part>;
}

const TASKS: Record<DualTask, Entry> = {
  detection: {
    program: DETECTION,
    stages: ['head'],
    load: async () => ({ parse: parseOptions, headTask: detectionHead }),
  },
  segmentation: {
    program: CRITERIA,
    stages: ['head', 'masks'],
    async load() {
      const part = await import('./criteria/segmentation.ts');
      return {
        parse: part.parseSegmentationOptions,
        headTask: part.segmentationHead as Part['headTask'],
      };
    },
  },
  pose: {
    program: CRITERIA,
    stages: ['head', 'keypoints'],
    async load() {
      const { parsePoseOptions, poseHead } = await import('./criteria/pose.ts');
      return { parse: parsePoseOptions, headTask: poseHead as Part['headTask'] };
    },
  },
  oriented: {
    program: CRITERIA,
    stages: ['rotatedHead'],
    async load() {
      const { parseOrientedOptions, orientedHead } = await import('./criteria/oriented.ts');
      return { parse: parseOrientedOptions, headTask: orientedHead as Part['headTask'] };
    },
  },
};

/** Creates a criterion of two heads. Throws ConfigError and BackendError. */
export async function openDualLoss<Task extends DualTask>(
  action: string,
  config: DualLossConfig<Task>,
): Promise<DualLoss<Task>> {
  const task = parseDualTask(action, config);
  const { load, ...needed } = TASKS[task];
  const { parse, headTask } = await loadPart(action, `the loss of the task ${task}`, load);
  const { heads, ...options } = parseDualOptions(action, config, parse);
  const [many, one] = heads.map((own) => headTask(own as never));
  const backend = await selectBackend(action, heads[0], needed);
  return new AssigningCriterion(
    dualTask([many, one], options),
    backend,
  ) as unknown as DualLoss<Task>;
}
