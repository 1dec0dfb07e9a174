import type { Contents, NumberArray } from './contents.ts';

/** Strides of YOLOv8, for a file that names none and has no images. */
const DEFAULT = [8, 16, 32];

/** Rows and columns of a level's grid. */
export type Grid = readonly [rows: number, columns: number];

/**
 * Strides of a file. If it names none, they follow from its images, or are the default if that fits the grids.
 *
 * @throws {Error} the file names another number of strides than it has levels, or none and the default does not fit
 */
export function stridesOf(
  { strides, images }: Pick<Contents, 'strides' | 'images'>,
  grids: readonly Grid[],
): readonly number[] {
  const found = strides ?? (images && fromImages(images, grids)) ?? DEFAULT;
  const need = `one number per level of feats, the pixels per grid cell`;
  if (strides && strides.length !== grids.length) {
    throw new Error(`strides needs ${need}: ${grids.length}, got [${strides.join(', ')}]`);
  }
  if (strides || fits(found, grids)) return found;
  const levels = grids.map((grid) => grid.join('×')).join(', ');
  throw new Error(
    `strides is missing: it needs ${need}. Its default, [${DEFAULT.join(', ')}], does not fit the grids here, ${levels}`,
  );
}

/** Strides with which the grids cover the images, if these are the network's inputs. */
function fromImages({ shape }: NumberArray, grids: readonly Grid[]): number[] | undefined {
  const [, height, width] = shape;
  const strides = grids.map(([rows]) => Math.round(height / rows));
  const isExact = grids.every(
    ([rows, columns], l) => rows * strides[l] === height && columns * strides[l] === width,
  );
  return isExact ? strides : undefined;
}

/** Whether all levels cover the same image, except for a part of a cell at its edges. */
function fits(strides: readonly number[], grids: readonly Grid[]): boolean {
  if (strides.length !== grids.length) return false;
  const [height, width] = grids[0].map((cells) => cells * strides[0]);
  return grids.every(([rows, columns], l) => {
    const stride = strides[l];
    return Math.abs(rows * stride - height) < stride && Math.abs(columns * stride - width) < stride;
  });
}
