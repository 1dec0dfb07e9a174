import type { Stages } from '../../../stages.ts';
import type { LossTensors } from '../../loss-backend.ts';
import type { Kernels } from '../../programs/losses/kernels.ts';
import type { LossEngine } from '../../programs/losses/program.ts';
import type { Arena } from '../../runtime/arena.ts';
import { type Chain, JOIN, SlotLayout, type Task } from '../../runtime/task.ts';

/** Tensors of a call in arrays; `grad` is null where the gradient is not wanted. */
export type HostTensors = LossTensors<Float32Array, Float32Array | null>;

/** Floats of a tensor that pass through WASM memory at a time: three such parts fit into a usual second-level cache. */
const PART_FLOATS = 1 << 14;

/** Some elements of a tensor: `runs` runs of `length` elements, whose first ones are `pitch` apart. Slots hold them packed. */
export interface Stretch {
  from: number;
  length: number;
  runs?: number;
  pitch?: number;
}

/** Some rows of a call. Each row has one value. */
export interface Part {
  /** Their elements in the tensors of the input's shape. */
  elements: Stretch;
  /** Their indices in the tensors of one number a row. */
  rows: Stretch;
}

/** Parameters that kernels of every loss have; those of tensors differ from part to part. */
type CommonParams = Record<'input' | 'target' | 'grad' | 'values' | 'scale', number>;

/** Kernels of losses whose parts do not need each other. */
type PartKernel = {
  [Name in keyof Kernels]: Kernels[Name] extends CommonParams ? Name : never;
}[keyof Kernels];

interface Plan<Name extends PartKernel> {
  kernel: Name;
  /** Parameters that all parts share; the others are overwritten for each part. */
  params: Kernels[Name];
  parts: readonly Part[];
  /** Offsets in a slot of the blocks of any part, and the end of the last block. */
  at: Record<'input' | 'target' | 'grad' | 'values' | 'end', number>;
  target: Float32Array | Int32Array;
  /** Whether the target has one number a row, or the input's shape. */
  targetOf: keyof Part;
  /** Whether tensors of the input's shape go through slots even if they lie in WASM memory. */
  isPacked?: boolean;
  /** Numbers that the kernels of all parts read. */
  shared?: Float64Array;
  /** Sets the parameters of a part that only this loss has. @param shared address of `shared` */
  load(part: Part, slot: number, shared: number): void;
}

/** Parameters of a plan before a part is loaded. */
export const NO_TENSORS = { input: 0, target: 0, grad: 0, values: 0 };

/** Computes a loss part by part, each by one kernel call; gives the sum of its values, added in the parts' order. */
export function* sumOf<Name extends PartKernel>(
  engine: LossEngine,
  tensors: HostTensors,
  plan: Plan<Name>,
): Stages<number> {
  const chain = allParts(engine.arena, tensors, plan);
  const [sum] = yield* engine.run(plan.at.end, [chain]);
  return sum;
}

function* allParts<Name extends PartKernel>(
  arena: Arena,
  tensors: HostTensors,
  plan: Plan<Name>,
): Chain<Kernels, number> {
  const { kernel, params, parts, at, target, targetOf, isPacked = false } = plan;
  const { shared = new Float64Array(0), load } = plan;
  const grad = gradOf(arena, tensors, isPacked);
  const values = new Output(arena, tensors.values);
  const sharedAt = arena.take(shared.byteLength);
  arena.f64.set(shared, sharedAt >>> 3);
  const sums: number[] = [];
  for (const [i, part] of parts.entries()) {
    const { elements, rows } = part;
    yield {
      kernel,
      isInPlace: grad.isDirect || values.isDirect,
      load(slot) {
        // One object for all parts: to spread parameters into an object for each part costs as much as to copy its tensors
        const common: CommonParams = params;
        common.input = bringIn(arena, tensors.input, elements, slot + at.input, isPacked);
        common.target = bringIn(arena, target, part[targetOf], slot + at.target, isPacked);
        common.grad = grad.addressOf(elements.from, slot + at.grad);
        common.values = tensors.values ? values.addressOf(rows.from, slot + at.values) : 0;
        load(part, slot, sharedAt);
        return params;
      },
      store(slot, sum) {
        sums[i] = sum;
        grad.takeOut(elements, slot + at.grad);
        values.takeOut(rows, slot + at.values);
      },
    } as Task<Kernels>;
  }
  yield JOIN;
  return total(sums);
}

/** Sum of the values of parts, added in their order. */
export function total(sums: readonly number[]): number {
  return sums.reduce((sum, value) => sum + value, 0);
}

/**
 * Cuts blocks of `floats` elements into parts of whole blocks. The first part is the largest.
 *
 * @param rows rows in each block
 * @param most blocks in a part
 */
export function partsOf(
  blocks: number,
  floats: number,
  { rows = 1, most = Math.max(1, Math.floor(PART_FLOATS / floats)) } = {},
): Part[] {
  const parts: Part[] = [];
  for (let block = 0; block < blocks; block += most) {
    const count = Math.min(most, blocks - block);
    parts.push({
      elements: { from: block * floats, length: count * floats },
      rows: { from: block * rows, length: count * rows },
    });
  }
  return parts;
}

/**
 * Cuts blocks [lines, length] that are larger than a part along their last axis, into parts of a multiple of 4 columns.
 * The first part is the largest.
 */
export function columnsOf(blocks: number, lines: number, length: number): Part[] {
  const most = Math.max(4, Math.floor(PART_FLOATS / lines / 4) * 4);
  const parts: Part[] = [];
  for (let block = 0; block < blocks; block++) {
    for (let i = 0; i < length; i += most) {
      const columns = Math.min(most, length - i);
      const from = block * lines * length + i;
      parts.push({
        elements: { from, length: columns, runs: lines, pitch: length },
        rows: { from: block * length + i, length: columns },
      });
    }
  }
  return parts;
}

/** Whether a part holds this many floats. */
export function fitsPart(floats: number): boolean {
  return floats <= PART_FLOATS;
}

/** Offsets in a slot of named blocks of these bytes, and the end of the last block. */
export function blocksOf<Name extends string>(
  bytes: Record<Name, number>,
): Record<Name | 'end', number> {
  const layout = new SlotLayout();
  const names = Object.keys(bytes) as Name[];
  const offsets = names.map((name) => [name, layout.take(bytes[name])] as const);
  return Object.fromEntries([...offsets, ['end', layout.end]]) as Record<Name | 'end', number>;
}

/**
 * Address of elements for a kernel that reads them: where they lie, if that is in WASM memory, else `at`, to which it
 * copies them.
 */
export function bringIn(
  arena: Arena,
  data: Float32Array | Int32Array,
  { from, length, runs = 1, pitch = 0 }: Stretch,
  at: number,
  isPacked = false,
): number {
  if (data instanceof Float32Array && !isPacked && arena.addressOf(data) >= 0) {
    return arena.addressOf(data) + from * 4;
  }
  for (let run = 0; run < runs; run++) {
    arena.bringIn(at + run * length * 4, data, from + run * pitch, length);
  }
  return at;
}

/** Destination of the gradient of a call. */
export function gradOf(arena: Arena, { grad, adds }: HostTensors, isPacked = false): Output {
  return new Output(arena, grad, isPacked, adds);
}

/** A tensor that kernels write: directly if it lies in WASM memory, else through slots. Null is dropped. */
class Output {
  readonly isDirect: boolean;
  readonly #arena: Arena;
  readonly #data: Float32Array | null;
  readonly #adds: boolean;

  /** @param adds whether results are added to what the tensor holds; they go through slots then */
  constructor(arena: Arena, data: Float32Array | null, isPacked = false, adds = false) {
    this.isDirect = data !== null && !isPacked && !adds && arena.addressOf(data) >= 0;
    this.#arena = arena;
    this.#data = data;
    this.#adds = adds;
  }

  /** Address to which a kernel writes elements; their block in the slot is at `at`. */
  addressOf(from: number, at: number): number {
    if (!this.#data || !this.isDirect) return at;
    return this.#arena.addressOf(this.#data) + from * 4;
  }

  /** Takes elements out of their block in a slot. */
  takeOut({ from, length, runs = 1, pitch = 0 }: Stretch, at: number): void {
    const data = this.#data;
    if (!data || this.isDirect) return;
    for (let run = 0; run < runs; run++) {
      const start = at + run * length * 4;
      const to = from + run * pitch;
      if (this.#adds) addTo(data, to, this.#arena.f32, start >>> 2, length);
      else this.#arena.takeOut(start, data, to, length);
    }
  }
}

function addTo(
  sums: Float32Array,
  to: number,
  terms: Float32Array,
  from: number,
  count: number,
): void {
  for (let i = 0; i < count; i++) sums[to + i] += terms[from + i];
}
