import type { Tensor } from '../../src/types.ts';

type Floats = Float32Array | Float64Array;

/** [B, c, H, W] → [B, H, W, c], a copy. */
export function toNhwc<Data extends Floats>({ data, shape }: Tensor<Data>): Tensor<Data> {
  const [batch, channels, height, width] = shape;
  const swapped = transpose(data, batch, channels, height * width);
  return { data: swapped, shape: [batch, height, width, channels] };
}

/** [B, H, W, c] → [B, c, H, W], a copy. */
export function toNchw<Data extends Floats>({ data, shape }: Tensor<Data>): Tensor<Data> {
  const [batch, height, width, channels] = shape;
  const swapped = transpose(data, batch, height * width, channels);
  return { data: swapped, shape: [batch, channels, height, width] };
}

/** [batch, rows, columns] → [batch, columns, rows]. */
function transpose<Data extends Floats>(
  data: Data,
  batch: number,
  rows: number,
  columns: number,
): Data {
  const out = data.slice() as Data;
  for (let b = 0; b < batch; b++) {
    const start = b * rows * columns;
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        out[start + column * rows + row] = data[start + row * columns + column];
      }
    }
  }
  return out;
}
