import type { DistanceFrame } from '../../oriented-defaults.ts';
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
type LowParts = Pick<Positive, 'leftLow' | 'topLow' | 'rightLow' | 'bottomLow'>;
/** A positive, with the distances to the sides of its target's box as if it were not rotated. */
export type PositiveBox = Omit<Positive, keyof LowParts>;

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
   * @param distances frame of the true distances
   * @param index of the positive in the batch
   */
  positiveOf(
    own: PositiveBox,
    angle: number | undefined,
    distances: DistanceFrame,
    index: number,
  ): Positive;

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
  positiveOf: (own) => ({ ...own, ...lowParts(own) }),
  overlap(recorder, { label, threads, uniforms }, bindings) {
    recorder.dispatch('overlap', label, threads, { ...uniforms, angleBase: 0 }, bindings);
  },
  regress(recorder, { label, threads, uniforms }, bindings) {
    recorder.dispatch('regress', label, threads, { ...uniforms, angleBase: 0 }, bindings);
  },
};

function lowParts({
  left,
  top,
  right,
  bottom,
}: Record<'left' | 'top' | 'right' | 'bottom', number>) {
  return {
    leftLow: lowPart(left),
    topLow: lowPart(top),
    rightLow: lowPart(right),
    bottomLow: lowPart(bottom),
  };
}

/** Weight of the angle loss: e^(−ln²(w/h)/9). */
function slendernessOf(width: number, height: number): number {
  return Math.exp(-(Math.log((width + 1e-9) / (height + 1e-9)) ** 2) / 9);
}

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
  positiveOf(own, angle = 0, distances, slot): RotatedPositive {
    const [x, y] = [(own.right - own.left) / 2, (own.bottom - own.top) / 2];
    const [width, height] = [own.left + own.right, own.top + own.bottom];
    const turn = distances === 'rotated' ? angle : 0;
    const [cos, sin] = [Math.cos(turn), Math.sin(turn)];
    const [along, across] = [x * cos + y * sin, y * cos - x * sin];
    const sides = {
      left: width / 2 - along,
      top: height / 2 - across,
      right: width / 2 + along,
      bottom: height / 2 + across,
    };
    const box = { x, y, width, height, angle: angleOf(angle) };
    const slenderness = slendernessOf(width, height);
    return { ...own, ...sides, ...lowParts(sides), ...box, slenderness, slot };
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
