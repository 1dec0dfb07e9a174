import { loadPart } from '../../load-part.ts';
import type { Backend } from '../backend.ts';
import type { CriteriaProgram } from '../programs/criteria/program.ts';
import { checkOut } from '../runtime/check-out.ts';
import { leaseEngine, releaseWithOwner, type WasmOptions } from '../runtime/lease.ts';
import { openCall, type TaskStages } from './call.ts';

interface Needed {
  program: CriteriaProgram;
  /** Names of the stages that the criterion needs: those of masks and keypoints are loaded for it. */
  stages: readonly string[];
}

/** Creates the WASM backend of detectors' criteria, whose engine other criteria may share. */
export async function createWasmBackend(
  action: string,
  reason: string,
  options: WasmOptions,
  { program, stages }: Needed,
): Promise<Backend> {
  const taskStages = await loadStages(action, stages);
  const lease = await leaseEngine(action, program, options);
  const { engine, allocate, release } = lease;
  const backend: Backend = {
    name: 'wasm',
    reason,
    get threads() {
      return lease.threads;
    },
    get threadsReason() {
      return lease.threadsReason;
    },
    takesBuffers: false,
    open(action, heads, { out }) {
      for (const { name, data } of out) checkOut(engine.arena, action, name, data);
      return openCall(engine, action, heads, taskStages);
    },
    allocate,
    dispose: release,
  };
  releaseWithOwner(backend, release);
  return backend;
}

async function loadStages(action: string, stages: readonly string[]): Promise<TaskStages> {
  const { masks = missing } = stages.includes('masks')
    ? await loadPart(action, 'the stage of masks', () => import('./masks.ts'))
    : {};
  const { keypoints = missing } = stages.includes('keypoints')
    ? await loadPart(action, 'the stage of keypoints', () => import('./keypoints.ts'))
    : {};
  return { masks, keypoints };
}

function missing(): never {
  throw new Error('the criterion did not ask for this stage');
}
