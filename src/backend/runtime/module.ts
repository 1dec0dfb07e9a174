import { kindOf } from '../../describe.ts';
import { BackendError } from '../../errors.ts';
import type { DetectionLossConfig } from '../../types.ts';
import { embeddedBuild, isTooOld, type Program } from './embedded.ts';
import { readResponse, readUrl } from './read-binary.ts';

export type WasmSource = NonNullable<DetectionLossConfig['wasm']>;

/** Binaries and modules by their source, which is the option `wasm` or a program: each is compiled once. */
const binaries = new WeakMap<object, Promise<BufferSource>>();
const modules = {
  own: new WeakMap<object, Promise<WebAssembly.Module>>(),
  shared: new WeakMap<object, Promise<WebAssembly.Module>>(),
};

/** Initial size of a memory in pages of 64 KiB, as in asconfig.json. */
const INITIAL_PAGES = 2;
/** Limits that are tried in turn, 4 GiB to 128 MiB: some engines, as on iOS, refuse a memory that might grow so large. */
const MOST_PAGES = [65536, 32768, 16384, 8192, 4096, 2048];
/** Oldest engines with SIMD and raw deflate, by the release notes of each. */
const OLDEST = 'Chrome 103, Firefox 113, Safari 16.4, Node 20.12';
/** Bytes by which a binary imports its memory: module and name, kind (memory), and flag of limits with a maximum. */
const MEMORY_IMPORT = [3, ...asciiOf('env'), 6, ...asciiOf('memory'), 2, 1];
/** Flag of limits with a maximum, for shared memory. */
const SHARED_LIMITS = 3;

/** Compiles the binary at `source`, or else the package's own, for shared or unshared memory. Throws BackendError. */
export function compile<K>(
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

/** Whether the source is a compiled module, whose kind of memory is fixed. */
export function isCompiled(source: unknown): source is WebAssembly.Module {
  // A module of another realm is no instance of this realm's class.
  return kindOf(source) === 'WebAssembly.Module';
}

/** A program in memory. */
export interface Instance {
  readonly memory: WebAssembly.Memory;
  /** Kernels, which take the address of their parameters, and `arenaBase`. */
  readonly exports: Readonly<Record<string, (parameters: number) => number>>;
}

/** Creates an instance of the module, with its own memory. Throws BackendError. */
export async function instantiate<K>(
  action: string,
  { builds, kernels, lacks = [] }: Program<K>,
  module: WebAssembly.Module,
  isShared: boolean,
): Promise<Instance> {
  const memory = createMemory(action, isShared);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } }).catch((cause) =>
    Promise.reject(loadError(action, cause)),
  );
  const needed = Object.keys(kernels).filter((name) => !lacks.includes(name as keyof K));
  if (!needed.every((name) => name in exports)) {
    const files = builds.map((build) => `detloss/${build.file}`).join(' or ');
    throw new BackendError(
      'WASM_LOAD',
      `${action}: wasm needs ${files} of this version, got another binary`,
    );
  }
  return { memory, exports: exports as Instance['exports'] };
}

function createMemory(action: string, isShared: boolean): WebAssembly.Memory {
  let cause: unknown;
  for (const maximum of MOST_PAGES) {
    try {
      return new WebAssembly.Memory({ initial: INITIAL_PAGES, maximum, shared: isShared });
    } catch (refusal) {
      cause = refusal;
    }
  }
  throw new BackendError('WASM_MEMORY', `${action}: there is no WASM memory to be had`, { cause });
}

function loadError(action: string, cause: unknown): BackendError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  const age = isTooOld() ? `: this engine is too old, the oldest are ${OLDEST}` : '';
  return new BackendError('WASM_LOAD', `${action}: wasm could not be loaded: ${reason}${age}`, {
    cause,
  });
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

async function readBinary<K>(program: Program<K>, source?: WasmSource): Promise<BufferSource> {
  if (source === undefined) return embeddedBuild(program);
  if (source instanceof URL) return readUrl(source);
  if (source instanceof Response) return readResponse(source);
  return source as BufferSource;
}

/** Copy of the binary that imports shared memory: only one byte differs. */
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
