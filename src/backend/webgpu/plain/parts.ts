import { BackendError } from '../../../errors.ts';
import type { Dense } from '../../inputs.ts';
import type { LossTensors } from '../../loss-backend.ts';
import type { Part } from '../generated/losses.ts';
import type { Binding } from '../pass.ts';
import type { Window } from '../tensors.ts';
import type { Job, Stretch } from './job.ts';
import type { Recorded } from './recorded.ts';
import { finiteFactor } from './units.ts';

/**
 * Cuts a tensor between its units, which are elements, rows or boxes, so that no part is larger than a binding or a buffer
 * may be.
 *
 * @param size number of elements of a unit in the tensor that has most
 * @throws {BackendError} GPU_MEMORY, one unit is too large
 */
export function partsOf(
  action: string,
  units: number,
  size: number,
  {
    maxStorageBufferBindingSize,
    maxBufferSize,
    minStorageBufferOffsetAlignment,
  }: GPUSupportedLimits,
): Stretch[] {
  // A binding begins at a multiple of the alignment, which may lie before its part
  const most =
    Math.min(maxStorageBufferBindingSize, maxBufferSize) - minStorageBufferOffsetAlignment;
  const atATime = Math.floor(most / (size * 4));
  if (atATime === 0) {
    const mebibytes = (bytes: number) => Math.ceil(bytes / 2 ** 20);
    throw new BackendError(
      'GPU_MEMORY',
      `${action}: one row needs ${mebibytes(size * 4)} MiB in one binding, the device has ${mebibytes(most)}`,
    );
  }
  const parts: Stretch[] = [];
  for (let first = 0; first < units; first += atATime) {
    parts.push({ first, count: Math.min(atATime, units - first) });
  }
  return parts;
}

/** Elements of a stretch of units. @param size elements of a unit */
export function elementsOf({ first, count }: Stretch, size: number): Stretch {
  return { first: first * size, count: count * size };
}

/** Shape of a loss, cut between its units, and what depends on it. */
interface Cut {
  units: number;
  /** Elements of a unit in input and gradient, and its values. */
  elements: number;
  values: number;
  /** Number of partial sums of some units. */
  slotsOf(units: number): number;
  targetsOf(units: Stretch): Window;
  /** Units in which the shader computes values and gradients. Default: 1. */
  valueUnit?: number;
  gradUnit?: number;
}

/** A part of a loss: its uniforms, and the bindings that all losses have. */
interface BoundPart {
  part: Part;
  bindings: Record<'inputs' | 'targets' | 'grads' | 'values' | 'partials', Binding>;
}

/** Binds the tensors of a loss part by part, and calls `record` for each. */
export function recordParts(
  job: Job,
  limits: GPUSupportedLimits,
  tensors: LossTensors<Dense, Dense | null>,
  cut: Cut,
  record: (units: Stretch, bound: BoundPart, label: string) => void,
): Recorded {
  const { action, names, input, grad, adds = false, scale } = tensors;
  const { valueUnit = 1, gradUnit = 1 } = cut;
  const parts = partsOf(action, cut.units, cut.elements, limits);
  const slots = parts.reduce((sum, { count }) => sum + cut.slotsOf(count), 0);
  const partials = job.partials(slots);
  let slot = 0;
  for (const units of parts) {
    const elements = elementsOf(units, cut.elements);
    const rows = elementsOf(units, cut.values);
    const inputs = job.input(names?.input ?? 'input', input, elements);
    const targets = cut.targetsOf(units);
    const grads = job.output(names?.out ?? 'out', grad, elements, adds);
    const values = job.values(tensors, rows);
    const part = {
      count: rows.count,
      inputBase: inputs.base,
      targetBase: targets.base,
      gradBase: grads.base,
      valueBase: values.base,
      hasValues: tensors.values ? 1 : 0,
      adds: adds ? 1 : 0,
      slot,
      scale: finiteFactor(scale * gradUnit),
      unit: finiteFactor(valueUnit),
    };
    const bindings = { inputs, targets, grads, values, partials };
    record(units, { part, bindings }, `${slot}`);
    slot += cut.slotsOf(units.count);
  }
  return { slots, partials, unit: valueUnit };
}
