import type { KernelTable } from './layout.ts';
import { readUrl } from './read-binary.ts';

/** A WASM program of this package, in one or two builds. */
export interface Program<K> {
  /** The build for every engine, then the build for engines with relaxed SIMD, if there is one. */
  readonly builds: readonly Build[];
  /** Kernels. A binary without one that is not in `lacks` belongs to another program or version. */
  readonly kernels: KernelTable<K>;
  /** Kernels that the builds may lack. */
  readonly lacks?: readonly (keyof K)[];
}

/** One build of a program, in a module of its own, so that only the build that runs is downloaded. */
interface Build {
  /** Name of the same binary as a file of the package, which lies beside the modules. */
  readonly file: string;
  readonly load: () => Promise<{
    /** Size of the binary in bytes. */
    SIZE: number;
    /** The binary, deflated, in base 64. */
    DEFLATED: string;
  }>;
}

/** Start of a WASM module with one instruction of SIMD; the instruction's opcode, a drop and the end follow. */
const PROBE = [
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // '\0asm', version 1
  ...[0x01, 0x04, 0x01, 0x60, 0x00, 0x00], // section of types, 4 bytes: one, () → ()
  ...[0x03, 0x02, 0x01, 0x00], // section of functions, 2 bytes: one, of type 0
  ...[0x0a, 0x09, 0x01, 0x07, 0x00], // section of code, 9 bytes: one body, of 7 bytes, without locals:
  ...[0x00, 0xfd], // unreachable, prefix of SIMD
];
/** Opcodes behind the prefix: f32x4.add, which every build has, and f32x4.relaxed_madd. */
const ADD = [0xe4, 0x01];
const RELAXED_MADD = [0x85, 0x02];
/** Compression of the embedded binaries. */
const FORMAT = 'deflate-raw';

/** Whether this engine lacks SIMD, or cannot inflate the embedded binaries. */
export function isTooOld(): boolean {
  try {
    new DecompressionStream(FORMAT);
  } catch {
    return true;
  }
  return !knows(ADD);
}

function knows(opcode: readonly number[]): boolean {
  return WebAssembly.validate(Uint8Array.from([...PROBE, ...opcode, 0x1a, 0x0b]));
}

/** Loads the fastest build that this engine can compile. Throws if it cannot be loaded. */
export async function embeddedBuild<K>({
  builds: [baseline, relaxed],
}: Program<K>): Promise<BufferSource> {
  if (relaxed && knows(RELAXED_MADD)) {
    const binary = await loadBuild(relaxed);
    if (WebAssembly.validate(binary)) return binary;
  }
  return loadBuild(baseline);
}

/** Loads the binary of a build. Throws if neither its module nor its file can be loaded. */
export async function loadBuild({ file, load }: Build): Promise<Uint8Array<ArrayBuffer>> {
  let module: Awaited<ReturnType<Build['load']>>;
  try {
    module = await load();
  } catch (refused) {
    // Service workers cannot import modules, but they can fetch files.
    return readBeside(file).catch((missing) => {
      throw new Error(
        `its module failed (${refused}), and so did ${file} beside it (${missing}): give a URL of detloss/${file} as \`wasm\``,
      );
    });
  }
  return inflate(
    Uint8Array.from(atob(module.DEFLATED), (char) => char.charCodeAt(0)),
    module.SIZE,
  );
}

/** Reads a file of the package that lies beside its modules, which bundlers leave out. */
async function readBeside(file: string): Promise<Uint8Array<ArrayBuffer>> {
  return readUrl(new URL(/* webpackIgnore: true */ file, import.meta.url));
}

/** Inflates by hand: in Node a Response loads all of fetch, which takes longer than the rest of the start. */
async function inflate(
  packed: Uint8Array<ArrayBuffer>,
  size: number,
): Promise<Uint8Array<ArrayBuffer>> {
  const { readable, writable } = new DecompressionStream(FORMAT);
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
