import { assemble, type Pipeline, pipelineOf } from '../compile.ts';
import type { Gpu } from '../gpu.ts';
import { lossPasses } from './shaders.ts';

export type LossPass = keyof typeof lossPasses;

/** Threads a workgroup: the only place where it is written. */
export const WORKGROUP = 64;
/** The same of `fold`, of which there is one workgroup. */
const FOLD_WORKGROUP = 256;
/** Elements a thread takes: a workgroup adds up once. */
export const ELEMENTS = 16;

/**
 * A pass of a plain loss, compiled at its first use on a device.
 *
 * @param rowThreads how many threads share a row: 1, or all of a workgroup
 * @throws {BackendError} GPU_SHADER
 */
export function lossPipeline(
  gpu: Gpu,
  action: string,
  pass: LossPass,
  rowThreads = 1,
): Promise<Pipeline> {
  const workgroup = pass === 'fold' ? FOLD_WORKGROUP : WORKGROUP;
  const constants = { WORKGROUP: workgroup, K: ELEMENTS, ROW_THREADS: rowThreads };
  const code = assemble(lossPasses[pass].join(''), constants, gpu.leastSubgroup(workgroup));
  return pipelineOf(gpu, action, { pass, workgroup, code });
}
