import { loadPart } from '../../load-part.ts';
import type { Backend, HeadInputs, Purpose } from '../backend.ts';
import { lengthOf } from '../inputs.ts';
import type { CriteriaProgram } from '../programs/criteria/program.ts';
import { releaseWithOwner, type Use, type WasmOptions } from '../runtime/lease.ts';
import { leaseEngine } from '../runtime/lease-engine.ts';
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
  const { allocate, release } = lease;
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
    open(action, heads, purpose) {
      for (const { name, data } of purpose.out) lease.checkOut(action, name, data);
      const engine = lease.open(() => useOf(heads, purpose));
      return openCall(engine, action, heads, taskStages);
    },
    allocate,
    dispose: release,
  };
  releaseWithOwner(backend, release);
  return backend;
}

/** Stages, number of predictions, and tensors of a call. */
function useOf(heads: readonly HeadInputs[], { losses, backward, out }: Purpose): Use {
  const name = backward ? 'valueAndGrad' : losses ? 'value' : 'assign';
  const tensors = out.map(({ data }) => data);
  let values = 0;
  for (const { predictions } of heads) {
    for (const { data } of predictions.levels) {
      tensors.push(data);
      values += lengthOf(data);
    }
    tensors.push(...predictions.boxTensors);
  }
  return { name, values, tensors };
}

async function loadStages(action: string, stages: readonly string[]): Promise<TaskStages> {
  const { masks = missing } = stages.includes('masks')
    ? await loadPart(action, 'the stage of masks', () => import('./masks.ts'))
    : {};
  const { keypoints = missing, keypointLikelihood = missing } = stages.includes('keypoints')
    ? await loadPart(action, 'the stage of keypoints', () => import('./keypoints.ts'))
    : {};
  return { masks, keypoints, likelihood: keypointLikelihood };
}

function missing(): never {
  throw new Error('the criterion did not ask for this stage');
}
