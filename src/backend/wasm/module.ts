import { kindOf } from '../../describe.ts';
import { BackendError } from '../../errors.ts';
import type { DetectionLossConfig } from '../../types.ts';

export type WasmSource = NonNullable<DetectionLossConfig['wasm']>;

/** What every instance has. */
export interface AnyKernels {
  memory: WebAssembly.Memory;
  arenaBase(): number;
}

/** A WASM binary of this package. */
export interface Program<K extends AnyKernels> {
  /** Its builds, one behind the other, deflated, in base 64. */
  readonly deflated: string;
  /** Bytes of each build; of those that an engine knows all instructions of, the last is the fastest. */
  readonly sizes: readonly number[];
  /** Its kernels that tasks run: a binary that lacks one is of another program or version. */
  readonly taskKernels: readonly (keyof K & string)[];
}

/** The exported kernels of the criteria; pointers are byte offsets into `memory`. See `assembly/` for each. */
export interface Kernels extends AnyKernels {
  prepareTargets(boxes: number, valid: number, count: number, width: number, height: number): void;
  candidates(
    boxes: number,
    valid: number,
    count: number,
    stride: number,
    height: number,
    width: number,
    cells: number,
    cover: number,
  ): number;
  decode(
    logits: number,
    binStride: number,
    cellStride: number,
    bins: number,
    sides: number,
    cells: number,
    cover: number,
    distances: number,
  ): void;
  overlap(
    distances: number,
    sidePitch: number,
    gridWidth: number,
    stride: number,
    cells: number,
    box: number,
    overlaps: number,
  ): number;
  align(
    logits: number,
    overlaps: number,
    count: number,
    alpha: number,
    beta: number,
    alignments: number,
  ): void;
  topk(alignments: number, count: number, k: number, chosen: number): number;
  vote(
    target: number,
    anchors: number,
    overlaps: number,
    count: number,
    chosen: number,
    chosenCount: number,
    votes: number,
    chooser: number,
    bestOverlap: number,
    bestTarget: number,
  ): void;
  resolve(
    votes: number,
    chooser: number,
    bestTarget: number,
    anchors: number,
    positives: number,
    owners: number,
  ): number;
  choose(
    levels: number,
    levelCount: number,
    distances: number,
    sidePitch: number,
    cells: number,
    cellsPitch: number,
    box: number,
    logits: number,
    alpha: number,
    beta: number,
    k: number,
    overlaps: number,
    alignments: number,
    chosen: number,
    rotated: number,
  ): number;
  alignPositives(
    logits: number,
    pitch: number,
    bins: number,
    count: number,
    targets: number,
    strides: number,
    classLogits: number,
    alpha: number,
    beta: number,
    overlaps: number,
    alignments: number,
    scratch: number,
    rotation: number,
  ): void;
  score(
    positives: number,
    owners: number,
    overlaps: number,
    alignments: number,
    count: number,
    largest: number,
    scores: number,
  ): number;
  background(
    logits: number,
    out: number,
    rows: number,
    lead: number,
    width: number,
    neutrals: number,
    neutralCount: number,
    scratch: number,
    gamma: number,
    scale: number,
    isModulated: boolean,
    zeros: number,
    zeroCount: number,
  ): number;
  foreground(
    logits: number,
    scores: number,
    count: number,
    kind: number,
    alpha: number,
    gamma: number,
    scale: number,
  ): number;
  iou(
    boxes: number,
    targets: number,
    pitch: number,
    count: number,
    kind: number,
    similarities: number,
    scratch: number,
  ): void;
  keypoints(
    predicted: number,
    pitch: number,
    keypoints: number,
    numbers: number,
    count: number,
    truth: number,
    areas: number,
    sigmas: number,
    poseScale: number,
    kobjScale: number,
    backward: boolean,
    sums: number,
  ): void;
  masks(
    prototypes: number,
    channelPitch: number,
    channels: number,
    width: number,
    rows: number,
    groups: number,
    groupCount: number,
    coefficients: number,
    masks: number,
    gradients: number,
    gradientPitch: number,
    losses: number,
    coefficientGradients: number,
    scratch: number,
  ): void;
  probIou(
    boxes: number,
    targets: number,
    pitch: number,
    count: number,
    similarities: number,
    scratch: number,
  ): void;
  regress(
    logits: number,
    pitch: number,
    bins: number,
    count: number,
    targets: number,
    scores: number,
    kind: number,
    boxScale: number,
    dflScale: number,
    backward: boolean,
    sums: number,
    scratch: number,
    rotation: number,
  ): void;
  rotatedCandidates(
    boxes: number,
    valid: number,
    count: number,
    stride: number,
    height: number,
    width: number,
    rectangles: number,
    ends: number,
    cover: number,
  ): number;
}

/** Binaries and modules by where they came from, a URL or the like or a program, so that all share one compilation. */
const binaries = new WeakMap<object, Promise<BufferSource>>();
const modules = {
  own: new WeakMap<object, Promise<WebAssembly.Module>>(),
  shared: new WeakMap<object, Promise<WebAssembly.Module>>(),
};

/** Pages of 64 KiB, as asconfig.json has them. */
const MEMORY_PAGES = { initial: 2, maximum: 65536 };
/** How a binary says what memory it imports: names, kind, and limits with a maximum. */
const MEMORY_IMPORT = [3, ...asciiOf('env'), 6, ...asciiOf('memory'), 2, 1];
/** Limits with a maximum, of shared memory. */
const SHARED_LIMITS = 3;

/**
 * The module at `source`, of none the embedded one, for memory that threads share or that is one thread's own.
 * Throws BackendError.
 */
export function compile<K extends AnyKernels>(
  action: string,
  program: Program<K>,
  source: WasmSource | undefined,
  isShared: boolean,
): Promise<WebAssembly.Module> {
  if (isCompiled(source)) return Promise.resolve(source);
  const key = source ?? program;
  const module = remember(isShared ? modules.shared : modules.own, key, async () => {
    const binary = await remember(binaries, key, () => readBinary(program, source));
    return WebAssembly.compile(isShared ? withSharedMemory(binary) : binary);
  });
  return module.catch((cause) => Promise.reject(loadError(action, cause)));
}

/** Whether the source is a module already; whose memory cannot be chosen any more. */
export function isCompiled(source: unknown): source is WebAssembly.Module {
  // A module of another realm is no instance of this one's class.
  return kindOf(source) === 'WebAssembly.Module';
}

/** A fresh instance of the module. Throws BackendError. */
export async function instantiate<K extends AnyKernels>(
  action: string,
  { taskKernels }: Program<K>,
  module: WebAssembly.Module,
  isShared: boolean,
): Promise<K> {
  const memory = createMemory(action, isShared);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } }).catch((cause) =>
    Promise.reject(loadError(action, cause)),
  );
  if (!taskKernels.every((name) => name in exports)) {
    throw new BackendError('WASM_LOAD', `${action}: wasm needs the detloss binary of this version`);
  }
  return { ...exports, memory } as unknown as K;
}

function createMemory(action: string, isShared: boolean): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ ...MEMORY_PAGES, shared: isShared });
  } catch (cause) {
    throw new BackendError('WASM_MEMORY', `${action}: there is no WASM memory to be had`, {
      cause,
    });
  }
}

function loadError(action: string, cause: unknown): BackendError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new BackendError('WASM_LOAD', `${action}: wasm could not be loaded: ${reason}`, { cause });
}

function remember<V>(
  known: WeakMap<object, Promise<V>>,
  key: object,
  make: () => Promise<V>,
): Promise<V> {
  let value = known.get(key);
  if (!value) {
    value = make();
    known.set(key, value);
    value.catch(() => known.delete(key));
  }
  return value;
}

async function readBinary<K extends AnyKernels>(
  program: Program<K>,
  source?: WasmSource,
): Promise<BufferSource> {
  if (source === undefined) return embeddedBuild(program);
  if (source instanceof URL) return readUrl(source);
  if (source instanceof Response) return readResponse(source);
  return source as BufferSource;
}

/** The same binary, but of shared memory: one byte says which. */
function withSharedMemory(binary: BufferSource): BufferSource {
  const bytes = ArrayBuffer.isView(binary)
    ? new Uint8Array(binary.buffer, binary.byteOffset, binary.byteLength).slice()
    : new Uint8Array(binary).slice();
  const found = bytes.findIndex((_, at) =>
    MEMORY_IMPORT.every((byte, i) => bytes[at + i] === byte),
  );
  if (found >= 0) bytes[found + MEMORY_IMPORT.length - 1] = SHARED_LIMITS;
  return bytes;
}

function asciiOf(text: string): number[] {
  return Array.from(text, (char) => char.charCodeAt(0));
}

/** The fastest build that this engine can compile. */
async function embeddedBuild<K extends AnyKernels>(program: Program<K>): Promise<BufferSource> {
  const builds = await embeddedBuilds(program);
  return builds.filter((build) => WebAssembly.validate(build)).pop() ?? builds[0];
}

export async function embeddedBuilds<K extends AnyKernels>({
  deflated,
  sizes,
}: Program<K>): Promise<Uint8Array<ArrayBuffer>[]> {
  const packed = Uint8Array.from(atob(deflated), (char) => char.charCodeAt(0));
  const bytes = await inflate(
    packed,
    sizes.reduce((sum, size) => sum + size),
  );
  let end = 0;
  return sizes.map((size) => {
    end += size;
    return bytes.slice(end - size, end);
  });
}

/** By hand: in Node a Response loads all of fetch, which takes longer than the rest of the start. */
async function inflate(
  packed: Uint8Array<ArrayBuffer>,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new DecompressionStream('deflate-raw');
  const writer = writable.getWriter();
  const written = Promise.all([writer.write(packed), writer.close()]);
  const bytes = new Uint8Array(size);
  const reader = readable.getReader();
  let end = 0;
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes.set(part.value, end);
    end += part.value.length;
  }
  await written;
  return bytes;
}

async function readUrl(url: URL): Promise<BufferSource> {
  // Node's fetch does not read file: URLs; a bare import of node:fs would break browser bundles.
  const fs = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  if (url.protocol === 'file:' && fs) return fs.readFile(url);
  return readResponse(await fetch(url));
}

async function readResponse(response: Response): Promise<ArrayBuffer> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return response.arrayBuffer();
}
