import { kindOf } from '../../describe.ts';
import { BackendError } from '../../errors.ts';
import type { DetectionLossConfig } from '../../types.ts';
import { BASELINE, RELAXED } from './binary.ts';

export type WasmSource = NonNullable<DetectionLossConfig['wasm']>;
type BinarySource = URL | Response | BufferSource;

/** The exported kernels; pointers are byte offsets into `memory`. See `assembly/` for each. */
export interface Kernels {
  memory: WebAssembly.Memory;
  arenaBase(): number;
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
    gamma: number,
    scale: number,
    isModulated: boolean,
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
  ): void;
}

const EMBEDDED = {};
/** Modules by where they came from, so that all criteria share one compilation. */
const compiled = new WeakMap<object, Promise<WebAssembly.Module>>();

/** A fresh instance, with memory of its own, of the module compiled from `source`. */
export async function instantiate(action: string, source?: WasmSource): Promise<Kernels> {
  const exports = await load(source).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new BackendError('WASM_LOAD', `${action}: wasm could not be loaded: ${reason}`, {
      cause,
    });
  });
  if (!('alignPositives' in exports && exports.memory instanceof WebAssembly.Memory)) {
    throw new BackendError('WASM_LOAD', `${action}: wasm needs the detloss binary of this version`);
  }
  return exports as unknown as Kernels;
}

async function load(source?: WasmSource): Promise<WebAssembly.Exports> {
  const module = await compile(source);
  return (await WebAssembly.instantiate(module, {})).exports;
}

function compile(source?: WasmSource): Promise<WebAssembly.Module> {
  // A module of another realm is no instance of this one's class.
  if (kindOf(source) === 'WebAssembly.Module') {
    return Promise.resolve(source as WebAssembly.Module);
  }
  const key = source ?? EMBEDDED;
  let module = compiled.get(key);
  if (!module) {
    module = readBinary(source as BinarySource | undefined).then((bytes) =>
      WebAssembly.compile(bytes),
    );
    compiled.set(key, module);
    module.catch(() => compiled.delete(key));
  }
  return module;
}

async function readBinary(source?: BinarySource): Promise<BufferSource> {
  if (source === undefined) return embeddedBinary();
  if (source instanceof URL) return readUrl(source);
  if (source instanceof Response) return readResponse(source);
  return source;
}

/** The build with fused multiply-adds where the engine knows relaxed SIMD. */
function embeddedBinary(): Uint8Array<ArrayBuffer> {
  const relaxed = decodeBase64(RELAXED);
  return WebAssembly.validate(relaxed) ? relaxed : decodeBase64(BASELINE);
}

function decodeBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
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
