import type { AnyKernels } from '../programs/criteria/kernels.ts';

/** A WASM binary of this package. */
export interface Program<K extends AnyKernels> {
  /** As files of the package. */
  readonly files: string;
  /** Its builds, one behind the other, deflated, in base 64. */
  readonly deflated: string;
  /** Bytes of each build; of those that an engine knows all instructions of, the last is the fastest. */
  readonly sizes: readonly number[];
  /** Its kernels that tasks run: a binary that lacks one is of another program or version. */
  readonly taskKernels: readonly (keyof K & string)[];
}

/** The fastest build that this engine can compile. */
export async function embeddedBuild<K extends AnyKernels>(
  program: Program<K>,
): Promise<BufferSource> {
  const builds = await embeddedBuilds(program);
  return builds.filter((build) => WebAssembly.validate(build)).pop() ?? builds[0];
}

/** All builds, in the order of the program's. */
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
