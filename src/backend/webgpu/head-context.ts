import { type HeadTargets, headTargets } from '../assign/head-targets.ts';
import type { HeadInputs } from '../backend.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';
import type { DeviceCall } from './device-call.ts';

/** Inputs of the stages of one head, their call and their engine. */
export interface HeadContext extends HeadTargets, Omit<HeadInputs, 'targets'> {
  /** Engine for the work of the host. */
  engine: CriteriaEngine;
  call: DeviceCall;
}

export function openHead(engine: CriteriaEngine, call: DeviceCall, head: HeadInputs): HeadContext {
  return { ...head, ...headTargets(head.predictions, head.targets), engine, call };
}
