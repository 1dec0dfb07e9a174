import { kindOf } from '../../describe.ts';
import { BackendError } from '../../errors.ts';
import type { DetectionLossConfig } from '../../types.ts';
import type { AnyKernels } from '../programs/criteria/kernels.ts';
import { embeddedBuild, type Program } from './embedded.ts';

export type WasmSource = NonNullable<DetectionLossConfig['wasm']>;

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
  { files, taskKernels }: Program<K>,
  module: WebAssembly.Module,
  isShared: boolean,
): Promise<K> {
  const memory = createMemory(action, isShared);
  const { exports } = await WebAssembly.instantiate(module, { env: { memory } }).catch((cause) =>
    Promise.reject(loadError(action, cause)),
  );
  if (!taskKernels.every((name) => name in exports)) {
    throw new BackendError(
      'WASM_LOAD',
      `${action}: wasm needs ${files} of this version, got another binary`,
    );
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

async function readUrl(url: URL): Promise<BufferSource> {
  // Node's fetch does not read file: URLs; a bare import of node:fs would break browser bundles.
  const fs = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  if (url.protocol === 'file:' && fs) return new Uint8Array(await fs.readFile(url));
  return readResponse(await fetch(url));
}

async function readResponse(response: Response): Promise<ArrayBuffer> {
  if (!response.ok) throw new Error(`${response.url} answered ${response.status}`);
  return response.arrayBuffer();
}
