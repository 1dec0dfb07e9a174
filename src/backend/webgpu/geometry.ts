import type { Geometry } from '../assign/geometry.ts';
import { ROTATED_TARGET } from '../programs/criteria/kernels.ts';
import { angleOf } from './angle.ts';
import {
  type OverlapUniforms,
  type RegressUniforms,
  type RotatedPositive,
  type RotatedRow,
  rotatedPositiveStruct,
  rotatedRowStruct,
  type UprightPositive,
  type UprightRow,
  uprightPositiveStruct,
  uprightRowStruct,
} from './generated/criteria.ts';
import type { Binding } from './pass.ts';
import type { Recorder } from './recorder.ts';
import { lowPart, type Struct } from './struct.ts';
import type { Window } from './tensors.ts';

/** Fields that rows of candidates of all geometries have. */
export type Row = Pick<UprightRow, keyof UprightRow & keyof RotatedRow>;
/** Fields that positives of all geometries have. */
export type Positive = Pick<UprightPositive, keyof UprightPositive & keyof RotatedPositive>;

/** A pass over one level: label, threads and uniforms, of which the geometry adds its own. */
interface Dispatch<Uniforms> {
  label: string;
  threads: number;
  uniforms: Omit<Uniforms, 'angleBase'>;
}

type OverlapBindings = Record<'logits' | 'rows' | 'distances' | 'metrics', Binding>;
type RegressBindings = Record<'logits' | 'positives' | 'partials' | 'grads', Binding>;

/** Structs and passes for boxes of one geometry. */
export interface DeviceGeometry {
  readonly row: Struct<Row>;
  /**
   * Completes a row of candidates.
   *
   * @param record see `Geometry.recordsOf`
   * @param x y centre of the row's first cell, pixels
   */
  rowOf(shared: Row, record: Float64Array, x: number, y: number): Row;

  readonly positive: Struct<Positive>;
  /**
   * Completes a positive.
   *
   * @param angle of its target, where targets have angles
   * @param index of the positive in the batch
   */
  positiveOf(shared: Positive, angle: number | undefined, index: number): Positive;

  /** @param boxTensors of the images in question */
  overlap(
    recorder: Recorder,
    dispatch: Dispatch<OverlapUniforms>,
    bindings: OverlapBindings,
    boxTensors: readonly Window[],
  ): void;

  /** @param boxGrads f32 [P] each, gradients by the positives' values in the box tensors */
  regress(
    recorder: Recorder,
    dispatch: Dispatch<RegressUniforms> & { firstAnchor: number },
    bindings: RegressBindings,
    boxTensors: readonly Window[],
    boxGrads: readonly Binding[],
  ): void;
}

const UPRIGHT: DeviceGeometry = {
  row: uprightRowStruct as Struct<Row>,
  rowOf(shared, [left, top, right, bottom], x, y): UprightRow {
    const [toRight, toBottom] = [right - x, bottom - y];
    return {
      ...shared,
      left: x - left,
      top: y - top,
      right: toRight,
      bottom: toBottom,
      rightLow: lowPart(toRight),
      bottomLow: lowPart(toBottom),
    };
  },
  positive: uprightPositiveStruct as Struct<Positive>,
  positiveOf: (shared) => shared,
  overlap(recorder, { label, threads, uniforms }, bindings) {
    recorder.dispatch('overlap', label, threads, { ...uniforms, angleBase: 0 }, bindings);
  },
  regress(recorder, { label, threads, uniforms }, bindings) {
    recorder.dispatch('regress', label, threads, { ...uniforms, angleBase: 0 }, bindings);
  },
};

const AT = ROTATED_TARGET.index;

const ROTATED: DeviceGeometry = {
  row: rotatedRowStruct as Struct<Row>,
  rowOf(shared, record, x, y): RotatedRow {
    return {
      ...shared,
      x: x - record[AT.x],
      y: y - record[AT.y],
      width: record[AT.width],
      height: record[AT.height],
      angle: angleOf(record[AT.angle]),
    };
  },
  positive: rotatedPositiveStruct as Struct<Positive>,
  positiveOf(shared, angle = 0, slot): RotatedPositive {
    return { ...shared, angle: angleOf(angle), slot };
  },
  overlap(recorder, { label, threads, uniforms }, bindings, [angles]) {
    const own = { ...uniforms, angleBase: angles.base };
    recorder.dispatch('rotatedOverlap', label, threads, own, { ...bindings, angles });
  },
  regress(recorder, { label, threads, uniforms, firstAnchor }, bindings, [angles], [angleGrads]) {
    const own = { ...uniforms, angleBase: angles.base + firstAnchor };
    recorder.dispatch('rotatedRegress', label, threads, own, { ...bindings, angles, angleGrads });
  },
};

/** Device's side of each geometry. */
export const DEVICE_GEOMETRIES: Readonly<Record<Geometry['name'], DeviceGeometry>> = {
  upright: UPRIGHT,
  rotated: ROTATED,
};
