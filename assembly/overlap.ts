import { IouKind } from './generated/kinds';
import { angle4 } from './lib/f32x4';
import { Rectangle } from './targets';

/** Guard against division by 0 in areas, squared diagonals and heights, in pixels. */
const EPS: usize = memory.data<f32>([1e-7, 1e-7, 1e-7, 1e-7], 16);
/** Smallest normal number. */
const LEAST_UNION: usize = memory.data<f32>([1.17549435e-38, 1.17549435e-38, 1.17549435e-38, 1.17549435e-38], 16);
const ONE_AND_EPS: usize = memory.data<f32>([1.0000001, 1.0000001, 1.0000001, 1.0000001], 16);
/** Most that the union is in units of the enclosing area in GIoU, see `iouLanes`. */
const MOST_FILLED: usize = memory.data<f32>([1.0001, 1.0001, 1.0001, 1.0001], 16);
const QUARTER: usize = memory.data<f32>([0.25, 0.25, 0.25, 0.25], 16);
const FOUR_OVER_PI_SQUARED: usize = memory.data<f32>([0.405284735, 0.405284735, 0.405284735, 0.405284735], 16);

// @ts-ignore: decorator
@inline
function square(x: v128): v128 {
  return f32x4.mul(x, x);
}

/**
 * max(similarity, 0) of four pairs of boxes, each given by its distances (left, top, right, bottom) from one
 * common point, in pixels. Differences of distances lose nothing to the size of the image.
 *
 * @param kind a constant, so that each caller is compiled without branches
 * Sources: Rezatofighi et al., arXiv:1902.09630; Zheng et al., arXiv:1911.08287, eq. 10–12.
 */
// @ts-ignore: decorator
@inline
function similarity4(
  kind: IouKind,
  l: v128, t: v128, r: v128, b: v128,
  targetL: v128, targetT: v128, targetR: v128, targetB: v128,
): v128 {
  const zero = f32x4.splat(0);
  const eps = v128.load(EPS);
  const width = f32x4.add(l, r);
  const height = f32x4.add(f32x4.add(t, b), eps);
  const targetWidth = f32x4.add(targetL, targetR);
  const targetHeight = f32x4.add(f32x4.add(targetT, targetB), eps);

  const innerWidth = f32x4.pmax(f32x4.add(f32x4.pmin(l, targetL), f32x4.pmin(r, targetR)), zero);
  const innerHeight = f32x4.pmax(f32x4.add(f32x4.pmin(t, targetT), f32x4.pmin(b, targetB)), zero);
  const inter = f32x4.mul(innerWidth, innerHeight);
  const areas = f32x4.add(f32x4.mul(width, height), f32x4.mul(targetWidth, targetHeight));
  // Areas may cancel if the prediction is inside out; then there is no intersection.
  const union = f32x4.pmax(f32x4.add(f32x4.sub(areas, inter), eps), v128.load(LEAST_UNION));
  const iou = f32x4.div(inter, union);
  if (kind == IouKind.IOU) return f32x4.pmax(iou, zero);

  const outerWidth = f32x4.add(f32x4.pmax(l, targetL), f32x4.pmax(r, targetR));
  const outerHeight = f32x4.add(f32x4.pmax(t, targetT), f32x4.pmax(b, targetB));
  if (kind == IouKind.GIOU) {
    const outer = f32x4.add(f32x4.mul(outerWidth, outerHeight), eps);
    const isEnclosed = f32x4.le(union, f32x4.mul(outer, v128.load(MOST_FILLED)));
    const empty = v128.and(f32x4.div(f32x4.sub(outer, union), outer), isEnclosed);
    return f32x4.pmax(f32x4.sub(iou, empty), zero);
  }

  const diagonal = f32x4.add(f32x4.add(square(outerWidth), square(outerHeight)), eps);
  const dx = f32x4.sub(f32x4.sub(targetR, r), f32x4.sub(targetL, l));
  const dy = f32x4.sub(f32x4.sub(targetB, b), f32x4.sub(targetT, t));
  const distance = f32x4.mul(f32x4.add(square(dx), square(dy)), v128.load(QUARTER));
  const apart = f32x4.div(distance, diagonal);
  if (kind == IouKind.DIOU) return f32x4.pmax(f32x4.sub(iou, apart), zero);

  // atan(w/h) − atan(w'/h') is the angle between (h, w) and (h', w'). An inside-out prediction would have another angle,
  // but its overlap is 0 anyway, because it has no intersection.
  const cross = f32x4.sub(f32x4.mul(targetWidth, height), f32x4.mul(width, targetHeight));
  const dot = f32x4.add(f32x4.mul(targetHeight, height), f32x4.mul(targetWidth, width));
  const v = f32x4.mul(square(angle4(dot, cross)), v128.load(FOUR_OVER_PI_SQUARED));
  const alpha = f32x4.div(v, f32x4.add(f32x4.sub(v, iou), v128.load(ONE_AND_EPS)));
  const ciou = f32x4.sub(iou, f32x4.add(apart, f32x4.mul(v, alpha)));
  return f32x4.pmax(ciou, zero);
}

/**
 * Overlap of one target with the predictions at a rectangle of cells on one level.
 *
 * @param distances f32 [4, sidePitch/4], left, top, right, bottom, grid units; readable for 3 values more
 * @param sidePitch bytes from one side to the next
 * @param box f64 [4], the target, xyxy pixels
 * @param overlaps f32 [n] → max(similarity, 0), row-major; writable for 3 values more
 * @returns the address behind the last overlap
 */
// @ts-ignore: decorator
@inline
function overlapCells(
  kind: IouKind,
  distances: usize,
  sidePitch: usize,
  gridWidth: i32,
  stride: f64,
  cells: Rectangle,
  box: usize,
  overlaps: usize,
): usize {
  const x1 = cells.x1;
  const x2 = cells.x2;
  const y2 = cells.y2;
  const left = load<f64>(box);
  const top = load<f64>(box, 8);
  const right = load<f64>(box, 16);
  const bottom = load<f64>(box, 24);
  const scale = f32x4.splat(<f32>stride);
  const steps = f32x4.mul(f32x4(0, 1, 2, 3), scale);
  for (let y = cells.y1; y < y2; y++) {
    const centerY = (<f64>y + 0.5) * stride;
    const targetT = f32x4.splat(<f32>(centerY - top));
    const targetB = f32x4.splat(<f32>(bottom - centerY));
    for (let x = x1; x < x2; x += 4) {
      const centerX = (<f64>x + 0.5) * stride;
      const targetL = f32x4.add(f32x4.splat(<f32>(centerX - left)), steps);
      const targetR = f32x4.sub(f32x4.splat(<f32>(right - centerX)), steps);
      const cell = distances + (<usize>(y * gridWidth + x) << 2);
      const l = f32x4.mul(v128.load(cell), scale);
      const t = f32x4.mul(v128.load(cell + sidePitch), scale);
      const r = f32x4.mul(v128.load(cell + 2 * sidePitch), scale);
      const b = f32x4.mul(v128.load(cell + 3 * sidePitch), scale);
      // A row's spare lanes are overwritten by the next row.
      v128.store(overlaps, similarity4(kind, l, t, r, b, targetL, targetT, targetR, targetB));
      overlaps += <usize>min(x2 - x, 4) << 2;
    }
  }
  return overlaps;
}

// One function per kind: the compiler would fold the loops of one function into a loop that branches at every vector.
function iouCells(d: usize, pitch: usize, w: i32, stride: f64, cells: Rectangle, box: usize, out: usize): usize {
  return overlapCells(IouKind.IOU, d, pitch, w, stride, cells, box, out);
}

function giouCells(d: usize, pitch: usize, w: i32, stride: f64, cells: Rectangle, box: usize, out: usize): usize {
  return overlapCells(IouKind.GIOU, d, pitch, w, stride, cells, box, out);
}

function diouCells(d: usize, pitch: usize, w: i32, stride: f64, cells: Rectangle, box: usize, out: usize): usize {
  return overlapCells(IouKind.DIOU, d, pitch, w, stride, cells, box, out);
}

function ciouCells(d: usize, pitch: usize, w: i32, stride: f64, cells: Rectangle, box: usize, out: usize): usize {
  return overlapCells(IouKind.CIOU, d, pitch, w, stride, cells, box, out);
}

/** Overlap by any kind of src/kinds.ts's `OVERLAP_KINDS`; arguments and result as `overlapCells` has them. */
export function overlap(
  kind: IouKind,
  distances: usize,
  sidePitch: usize,
  gridWidth: i32,
  stride: f64,
  cells: Rectangle,
  box: usize,
  overlaps: usize,
): usize {
  switch (kind) {
    case IouKind.IOU:
      return iouCells(distances, sidePitch, gridWidth, stride, cells, box, overlaps);
    case IouKind.GIOU:
      return giouCells(distances, sidePitch, gridWidth, stride, cells, box, overlaps);
    case IouKind.DIOU:
      return diouCells(distances, sidePitch, gridWidth, stride, cells, box, overlaps);
    default:
      return ciouCells(distances, sidePitch, gridWidth, stride, cells, box, overlaps);
  }
}
