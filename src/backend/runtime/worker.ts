/** Worker thread that runs the kernels of posted slots for ever. It knows only the shared memory. */
import {
  DONE,
  EPOCH,
  FAILED,
  headerOf,
  KERNEL,
  PARAMETERS,
  POSTED,
  READY,
  RESULT,
  RUNNING,
  SLEEPERS,
  STATE,
  type WorkerStart,
} from './control.ts';

/** Number of looks at the epoch before it sleeps, some 0.1 ms: within a call the next task comes sooner. */
const SPINS = 20_000;

type Kernel = (parameters: number) => number | undefined;

async function start({
  module,
  memory,
  control,
  slots,
  index,
  kernels,
}: WorkerStart): Promise<never> {
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } });
  const functions = kernels.map((name) => exports[name] as unknown as Kernel);
  // The control block keeps its address when memory grows.
  const i32 = new Int32Array(memory.buffer);
  const f64 = new Float64Array(memory.buffer);
  Atomics.or(i32, (control >>> 2) + READY + (index >>> 5), 1 << (index & 31));
  port.postMessage('ready');
  const epoch = (control >>> 2) + EPOCH;
  const sleepers = (control >>> 2) + SLEEPERS;
  for (;;) {
    const seen = Atomics.load(i32, epoch);
    for (let slot = 0; slot < slots; slot++)
      runPosted(i32, f64, headerOf(control, slot), functions);
    let spins = SPINS;
    while (spins > 0 && Atomics.load(i32, epoch) === seen) spins--;
    if (spins > 0) continue;
    Atomics.add(i32, sleepers, 1);
    Atomics.wait(i32, epoch, seen);
  }
}

function runPosted(i32: Int32Array, f64: Float64Array, header: number, functions: Kernel[]): void {
  const word = header >>> 2;
  const state = word + STATE;
  if (Atomics.load(i32, state) !== POSTED) return;
  if (Atomics.compareExchange(i32, state, POSTED, RUNNING) !== POSTED) return;
  let end = DONE;
  try {
    const result = functions[i32[word + KERNEL]](i32[word + PARAMETERS]);
    f64[(header >>> 3) + RESULT] = result ?? 0;
  } catch {
    end = FAILED;
  }
  Atomics.store(i32, state, end);
}

/** The parent's end: Node's, or a web worker's own global. */
interface Port {
  postMessage(message: unknown): void;
  on?(event: 'message', listener: (data: WorkerStart) => void): void;
  onmessage?: (event: { data: WorkerStart }) => void;
}

const threads = globalThis.process?.getBuiltinModule?.('node:worker_threads');
const port = (threads?.parentPort ?? globalThis) as unknown as Port;
if (port.on) port.on('message', start);
else port.onmessage = ({ data }) => void start(data);
