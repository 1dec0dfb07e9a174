import { type Dense, lengthOf } from '../../backend.ts';
import type { DeviceSetup } from '../../choose.ts';
import type { LossBackend, LossTensors } from '../../loss-backend.ts';
import type { Pipeline } from '../compile.ts';
import { DeviceCall } from '../device-call.ts';
import { gpuOf } from '../gpu.ts';
import { Memory } from '../memory.ts';
import { BufferPool } from '../pool.ts';
import { recordBoxIou } from './box-iou.ts';
import { recordDice } from './dice.ts';
import { recordElementwise } from './elementwise.ts';
import { Job } from './job.ts';
import { type LossPass, lossPipeline } from './pipelines.ts';
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
  const call = (
    { action: name, input }: LossTensors<Dense>,
    passes: readonly LossPass[],
    rowThreads: number,
    record: (job: Job, pipelines: readonly Pipeline[]) => Recorded,
  ): Promise<number> =>
    gpu.guard(name, async () => {
      if (lengthOf(input) === 0) return 0;
      const compiled = ['fold' as const, ...passes].map((pass) =>
        lossPipeline(gpu, name, pass, rowThreads),
      );
      const [fold, ...pipelines] = await Promise.all(compiled);
      const job = new Job(gpu, pool, name);
      try {
        return await job.finish(job.submit(fold, () => record(job, pipelines)));
      } finally {
        job.end();
      }
    });
  return {
    name: 'webgpu',
    reason,
    threads: 1,
    threadsReason: "the work is the GPU's",
    takesBuffers: true,
    elementwise: (tensors, loss) =>
      call(tensors, [loss.loss], 1, (job, [pass]) =>
        recordElementwise(job, pass, device.limits, tensors, loss),
      ),
    crossEntropy: (tensors, loss) =>
      call(tensors, ['crossEntropy'], rowThreadsOf(loss), (job, [pass]) =>
        recordCrossEntropy(job, pass, device.limits, tensors, loss),
      ),
    multiMargin: (tensors, loss) =>
      call(tensors, ['multiMargin'], rowThreadsOf({ ...loss, inner: 1 }), (job, [pass]) =>
        recordMultiMargin(job, pass, device.limits, tensors, loss),
      ),
    dice: (tensors, loss) =>
      call(tensors, ['diceSums', 'dice'], 1, (job, passes) =>
        recordDice(job, passes, device.limits, tensors, loss),
      ),
    boxIou: (tensors, loss) =>
      call(tensors, [loss.kind === 'probiou' ? 'rotatedIou' : 'boxIou'], 1, (job, [pass]) =>
        recordBoxIou(job, pass, device.limits, tensors, loss),
      ),
    allocate: (length) => new Float32Array(length),
    createBuffer(name, bytes) {
      const own = new DeviceCall(gpu, new Memory(gpu, pool));
      const buffer = own.scoped(name, () => own.memory.createOutput(Math.max(4, bytes)));
      own.end();
      return buffer;
    },
    dispose() {
      pool.dispose();
      if (isOwn) device.destroy();
    },
  };
}
