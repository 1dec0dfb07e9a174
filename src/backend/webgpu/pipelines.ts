import { compilePasses, type Pipelines } from './compile.ts';
import { type CriteriaPasses, passes, type stagePasses } from './generated/criteria.ts';
import type { Gpu } from './gpu.ts';

export type PassName = keyof CriteriaPasses;
export type StageSet = keyof typeof stagePasses;

/** Properties of a criterion that its passes are compiled for. */
export interface Variant {
  /** Number of DFL bins per side, R. */
  regMax: number;
  /** Whether the background is p^gamma · softplus. */
  isModulated: boolean;
}

/** Number of threads that share a partial sum of the background: a workgroup's, or those of the smallest subgroup. */
export function sharersOf(gpu: Gpu): number {
  const { workgroup } = passes.background;
  return gpu.leastSubgroup(workgroup) || workgroup;
}

/** Passes of a criterion, compiled once for each device and variant. @throws {BackendError} GPU_SHADER */
export function pipelinesOf(
  gpu: Gpu,
  action: string,
  { regMax, isModulated }: Variant,
  needed: readonly PassName[],
): Promise<Pipelines<PassName>> {
  return compilePasses(gpu, action, passes, { R: regMax, MODULATED: isModulated }, needed);
}
