import { compilePasses, type Pipelines } from '../compile.ts';
import { type LossPasses, passes } from '../generated/losses.ts';
import type { Gpu } from '../gpu.ts';

export type LossPassName = keyof LossPasses;

/**
 * Passes of a plain loss, compiled at their first use on a device.
 *
 * @param rowThreads number of threads that share a row: 1, or all of a workgroup
 * @throws {BackendError} GPU_SHADER
 */
export function lossPipelines(
  gpu: Gpu,
  action: string,
  needed: readonly LossPassName[],
  rowThreads: number,
): Promise<Pipelines<LossPassName>> {
  return compilePasses(gpu, action, passes, { ROW_THREADS: rowThreads }, needed);
}
