import { type HeadTargets, headTargets } from '../assign/head-targets.ts';
import type { HeadInputs } from '../backend.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import type { DeviceCall } from './device-call.ts';

/** Inputs of the stages of one head, their call and their engine. */
export interface HeadContext extends HeadTargets, Omit<HeadInputs, 'targets'> {
  /** Engine for the work of the host. */
  engine: CriteriaEngine;
  call: DeviceCall;
  /** Compiles the passes of weighted class losses, once. */
  compileWeighted(): Promise<void>;
}

export function openHead(
  engine: CriteriaEngine,
  call: DeviceCall,
  head: HeadInputs,
  compileWeighted: HeadContext['compileWeighted'],
): HeadContext {
  const own = headTargets(head.predictions, head.targets);
  return { ...head, ...own, engine, call, compileWeighted };
}

/** Whether some factors of the class loss may differ from 1. */
export function isWeighted({ classWeights, targets: { weights, ignore } }: HeadContext): boolean {
  return classWeights !== null || weights !== null || ignore !== null;
}
