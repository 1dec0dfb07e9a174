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
import { recordFinite } from './find-non-finite.ts';
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
  const pipelineOf = (name: string, pass: LossPass, rowThreads = 1) =>
    lossPipeline(gpu, name, pass, rowThreads);
  const inJob = <T>(name: string, work: (job: Job) => Promise<T>): Promise<T> =>
    gpu.guard(name, async () => {
      const job = new Job(gpu, pool, name);
      try {
        return await work(job);
      } finally {
        job.end();
      }
    });
  const call = async (
    { action: name, input }: Pick<LossTensors<Dense>, 'action' | 'input'>,
    passes: readonly LossPass[],
    rowThreads: number,
    record: (job: Job, pipelines: readonly Pipeline[]) => Recorded,
  ): Promise<number> => {
    if (lengthOf(input) === 0) return 0;
    return inJob(name, async (job) => {
      const all = ['fold' as const, ...passes];
      const [fold, ...own] = await Promise.all(all.map((p) => pipelineOf(name, p, rowThreads)));
      return job.sum(fold, () => record(job, own));
    });
  };
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
    checkFinite: (name, tensor, data, classes) =>
      inJob(name, async (job) => {
        const pass = await pipelineOf(name, 'finite');
        const rows = lengthOf(data) / classes;
        const { limits } = device;
        const check = await job.run(() =>
          recordFinite(job, pass, limits, name, tensor, data, rows, classes),
        );
        check();
      }),
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
