import { hostFloats } from '../../../host-memory.ts';
import type { DeviceSetup } from '../../choose.ts';
import { type Dense, lengthOf } from '../../inputs.ts';
import type { LossBackend, LossTensors } from '../../loss-backend.ts';
import { DeviceCall } from '../device-call.ts';
import { gpuOf } from '../gpu.ts';
import { BufferPool } from '../pool.ts';
import { recordBoxIou } from './box-iou.ts';
import { recordDice } from './dice.ts';
import { recordElementwise } from './elementwise.ts';
import { recordFinite } from './find-non-finite.ts';
import { Job } from './job.ts';
import { type LossPassName, lossPipelines } from './pipelines.ts';
import type { Recorded } from './recorded.ts';
import { recordCrossEntropy, recordMultiMargin, rowThreadsOf } from './rows.ts';

/**
 * Plain losses on WebGPU. A pass is compiled at its first use; a call waits for the device once.
 *
 * @throws {BackendError} GPU_LOST
 */
export async function createWebgpuLosses(
  action: string,
  { device, isOwn, reason }: DeviceSetup,
): Promise<LossBackend> {
  const gpu = gpuOf(device);
  gpu.checkAlive(action);
  const pool = new BufferPool(device);
  const { limits } = device;
  const inJob = <T>(
    name: string,
    passes: readonly LossPassName[],
    rowThreads: number,
    work: (job: Job) => Promise<T>,
  ): Promise<T> =>
    gpu.guard(name, async () => {
      const pipelines = await lossPipelines(gpu, name, passes, rowThreads);
      const job = new Job(gpu, pool, name, pipelines);
      try {
        return await work(job);
      } finally {
        job.end();
      }
    });
  const call = async (
    { action: name, input }: Pick<LossTensors<Dense>, 'action' | 'input'>,
    passes: readonly LossPassName[],
    rowThreads: number,
    record: (job: Job) => Recorded,
  ): Promise<number> => {
    if (lengthOf(input) === 0) return 0;
    return inJob(name, ['fold', ...passes], rowThreads, (job) => job.sum(() => record(job)));
  };
  return {
    name: 'webgpu',
    reason,
    threads: 1,
    threadsReason: "the work is the GPU's",
    takesBuffers: true,
    elementwise: (tensors, loss) =>
      call(tensors, [loss.loss], 1, (job) => recordElementwise(job, limits, tensors, loss)),
    crossEntropy: (tensors, loss) =>
      call(tensors, ['crossEntropy'], rowThreadsOf(loss), (job) =>
        recordCrossEntropy(job, limits, tensors, loss),
      ),
    multiMargin: (tensors, loss) =>
      call(tensors, ['multiMargin'], rowThreadsOf({ ...loss, inner: 1 }), (job) =>
        recordMultiMargin(job, limits, tensors, loss),
      ),
    dice: (tensors, loss) =>
      call(tensors, ['diceSums', 'dice'], 1, (job) => recordDice(job, limits, tensors, loss)),
    boxIou: (tensors, loss) =>
      call(tensors, [loss.kind === 'probiou' ? 'rotatedIou' : 'boxIou'], 1, (job) =>
        recordBoxIou(job, limits, tensors, loss),
      ),
    checkFinite: (name, tensor, data, classes) =>
      inJob(name, ['finite'], 1, async (job) => {
        const rows = lengthOf(data) / classes;
        const check = await job.run(() =>
          recordFinite(job, limits, { action: name, name: tensor, data, rows, classes }),
        );
        check();
      }),
    allocate: (length) => new Float32Array(length),
    allocateBeside(name, other, length) {
      if (other instanceof Float32Array) return hostFloats(name, 'results', length);
      return new DeviceCall(gpu, pool, name).createOutput(4 * length);
    },
    dispose() {
      pool.dispose();
      if (isOwn) device.destroy();
    },
  };
}
