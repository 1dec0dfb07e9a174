import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createDetectionLoss, type DetectionLossConfig } from '../../../src/index.ts';
import { expectCode } from '../../lib/expect-code.ts';
import { testDevice } from '../../lib/gpu.ts';
import { fromGpu, toGpu } from '../../lib/gpu-buffers.ts';
import { ordinaryProblem } from '../../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();

/** Compiles shaders once for the tests that do not break their device. */
const lasting = await testDevice();

let device: GPUDevice;
/** Messages of errors that reached the page, which none should. */
let uncaptured: string[];
const pageHandler = (event: Event) => {
  uncaptured.push((event as GPUUncapturedErrorEvent).error.message);
};

afterAll(() => lasting.destroy());

/** Gives each test of a group a device; fails if an error reached the page. */
function useDevice(open: () => GPUDevice | Promise<GPUDevice>, close: (device: GPUDevice) => void) {
  beforeEach(async () => {
    device = await open();
    uncaptured = [];
    device.onuncapturederror = pageHandler;
  });

  afterEach(() => {
    expect(uncaptured).toEqual([]);
    expect(device.onuncapturederror).toBe(pageHandler);
    close(device);
  });
}

const useOwnDevice = () =>
  useDevice(
    () => testDevice(),
    (own) => own.destroy(),
  );
const useLastingDevice = () =>
  useDevice(
    () => lasting,
    () => {},
  );

function create(more: Partial<DetectionLossConfig> = {}) {
  return createDetectionLoss({ ...config, backend: 'webgpu', device, ...more });
}

async function expectWorks(): Promise<void> {
  using criterion = await create({ device: lasting });
  expect((await criterion.valueAndGrad(feats, targets)).total).toBeGreaterThan(0);
}

describe('a lost device', () => {
  useOwnDevice();

  it('before the criterion is made: GPU_LOST', async () => {
    device.destroy();
    await device.lost;
    await expectCode('GPU_LOST', () => create(), /^createDetectionLoss: .*lost/);
    await expectWorks();
  });

  it('between calls: GPU_LOST, for every method', async () => {
    using criterion = await create();
    await criterion.value(feats, targets);
    device.destroy();
    await device.lost;
    for (const method of ['value', 'valueAndGrad', 'assign'] as const) {
      await expectCode('GPU_LOST', () => criterion[method](feats, targets), new RegExp(method));
    }
    await expectWorks();
  });

  it.each(['value', 'valueAndGrad', 'assign'] as const)(
    'while %s waits: GPU_LOST, no hang',
    async (method) => {
      using criterion = await create();
      const call = criterion[method](feats, targets);
      device.destroy();
      await expectCode('GPU_LOST', () => call, new RegExp(`^${method}: .*lost`));
      await expectWorks();
    },
  );

  it.each([1, 4, 16])('%d ms after a call began: GPU_LOST, or the call was done', async (ms) => {
    using criterion = await create();
    const { total } = await criterion.value(feats, targets);
    const call = criterion.valueAndGrad(feats, targets);
    await new Promise((resolve) => setTimeout(resolve, ms));
    device.destroy();
    const outcome = await call.then(
      (done) => done.total,
      (error) => error.code,
    );
    expect([total, 'GPU_LOST']).toContain(outcome);
  });

  it('while reduceNormalizer is asked: GPU_LOST, out untouched', async () => {
    using criterion = await create({
      reduceNormalizer: async (sum) => {
        device.destroy();
        await device.lost;
        return sum;
      },
    });
    const out = feats.map(({ data, shape }) => ({ data: data.slice().fill(7), shape }));
    await expectCode('GPU_LOST', () => criterion.valueAndGrad(feats, targets, { out }));
    expect(out.every(({ data }) => data.every((value) => value === 7))).toBe(true);
  });

  it('many calls at once: each rejects', async () => {
    using criterion = await create();
    const calls = Array.from({ length: 5 }, () => criterion.valueAndGrad(feats, targets));
    device.destroy();
    for (const call of calls) await expectCode('GPU_LOST', () => call);
  });
});

describe('dispose while a call waits', () => {
  useLastingDevice();

  it('DISPOSED, and the shared device lives on', async () => {
    const criterion = await create();
    const call = criterion.valueAndGrad(feats, targets);
    criterion.dispose();
    await expectCode('DISPOSED', () => call);
    using other = await create();
    expect((await other.value(feats, targets)).total).toBeGreaterThan(0);
  });
});

/** Has the device report an error of one kind for the next work: SwiftShader itself never runs out of memory. */
function reportOnce(filter: GPUErrorFilter, message: string): void {
  const filters: GPUErrorFilter[] = [];
  const push = device.pushErrorScope.bind(device);
  const pop = device.popErrorScope.bind(device);
  let isDone = false;
  device.pushErrorScope = (pushed) => {
    filters.push(pushed);
    return push(pushed);
  };
  device.popErrorScope = async () => {
    const popped = filters.pop();
    const error = await pop();
    if (popped !== filter || isDone) return error;
    isDone = true;
    return { message } as GPUError;
  };
}

describe('errors of a device that is not lost', () => {
  useLastingDevice();

  it("WebGPU's own exceptions are GPU_INTERNAL", async () => {
    using criterion = await create();
    const { submit } = device.queue;
    device.queue.submit = () => {
      throw new DOMException('refused', 'OperationError');
    };
    await expectCode('GPU_INTERNAL', () => criterion.value(feats, targets), /^value: .*refused/);
    device.queue.submit = submit;
    expect((await criterion.value(feats, targets)).total).toBeGreaterThan(0);
  });

  it.each([
    ['out-of-memory', 'GPU_MEMORY', /memory.*no room/],
    ['internal', 'GPU_INTERNAL', /no room/],
  ] as const)('%s: %s, out untouched, and the next call works', async (filter, code, message) => {
    using criterion = await create();
    const buffers = feats.map((feat) => toGpu(device, feat));
    const out = feats.map((feat) => toGpu(device, feat));
    reportOnce(filter, 'no room');
    await expectCode(code, () => criterion.valueAndGrad(buffers, targets, { out }), message);
    expect(await fromGpu(device, out[0])).toEqual(feats[0].data);
    expect((await criterion.value(buffers, targets)).total).toBeGreaterThan(0);
  });
});

describe('errors of a device that is made for them', () => {
  useOwnDevice();

  it('a shader that does not compile: GPU_SHADER names pass and line', async () => {
    const compile = device.createShaderModule.bind(device);
    device.createShaderModule = ({ label, code }) =>
      compile({ label, code: `${code}\nfn broken() -> u32 { return 1.5; }` });
    await expectCode('GPU_SHADER', () => create(), /shader does not compile.*line \d+/);
    device.createShaderModule = compile;
    using criterion = await create();
    expect((await criterion.value(feats, targets)).total).toBeGreaterThan(0);
  });

  it('one image beyond the largest binding: GPU_MEMORY', async () => {
    const limits = { ...limitsOf(device), maxStorageBufferBindingSize: 8192 };
    Object.defineProperty(device, 'limits', { value: limits });
    using criterion = await create();
    await expectCode('GPU_MEMORY', () => criterion.value(feats, targets), /one image needs/);
    // Errors that no call waits for do not become unhandled rejections
    const foreign = feats.map((feat) => toGpu(lasting, feat));
    await expectCode('GPU_MEMORY', () => criterion.value(foreign, targets), /one image needs/);
  });
});

/** Copies the limits to a plain object. */
function limitsOf({ limits }: GPUDevice): Record<string, number> {
  const { minUniformBufferOffsetAlignment, minStorageBufferOffsetAlignment, maxBufferSize } =
    limits;
  return { minUniformBufferOffsetAlignment, minStorageBufferOffsetAlignment, maxBufferSize };
}
