import type { Layout } from 'detloss';
import { boxesOf, inputSize, type Picture, type Scene } from '../model/scene.ts';
import { checkNormalised } from './check-boxes.ts';
import type { Contents, NumberArray } from './contents.ts';
import { type Grid, stridesOf } from './strides-of.ts';

/**
 * Makes a scene from the contents of a file. The package checks the rest when `openScene` calls it.
 *
 * @throws {Error} the channels fit no regMax, the strides not the levels, boxes are in pixels, or the numbers of boxes,
 * classes and images do not agree
 */
export async function toScene(name: string, contents: Contents): Promise<Scene> {
  const { numClasses, feats, batchIdx, cls, bboxes, images, names } = contents;
  const layout = layoutOf(contents.layout);
  if (cls.length !== batchIdx.length || bboxes.length !== 4 * batchIdx.length) {
    const counts = `${batchIdx.length}, ${cls.length} and ${bboxes.length}`;
    throw new Error(`N image indices need N classes and 4·N box numbers, got ${counts}`);
  }
  const grids = feats.map((level, l) => gridOf(level, l, layout));
  const regMax = regMaxOf(feats[0], numClasses, layout);
  const head = { numClasses, regMax, layout, strides: stridesOf(contents, grids) };
  checkNormalised(bboxes, ...inputSize({ feats, head }));
  return {
    name,
    head,
    feats: feats.map(({ data, shape }) => ({ data: Float32Array.from(data), shape })),
    boxes: boxesOf(batchIdx, cls, bboxes),
    pictures: images ? await picturesOf(images, batchOf(feats)) : [],
    classNames: names,
  };
}

function layoutOf(layout: string): Layout {
  if (layout === 'nchw' || layout === 'nhwc') return layout;
  throw new Error(`layout should be 'nchw' or 'nhwc', got '${layout}'`);
}

function batchOf(feats: readonly NumberArray[]): number {
  return feats[0].shape[0];
}

function gridOf({ shape }: NumberArray, level: number, layout: Layout): Grid {
  if (shape.length === 4) return layout === 'nchw' ? [shape[2], shape[3]] : [shape[1], shape[2]];
  const need = layout === 'nchw' ? '[B, 4·regMax + C, H, W]' : '[B, H, W, 4·regMax + C]';
  throw new Error(
    `feats.${level} should be ${need}, one level of the head, got [${shape.join(', ')}]`,
  );
}

function regMaxOf({ shape }: NumberArray, numClasses: number, layout: Layout): number {
  const [channels, others] = layout === 'nchw' ? [shape[1], shape[3]] : [shape[3], shape[1]];
  const regMax = (channels - numClasses) / 4;
  const isWhole = (value: number) => Number.isInteger(value) && value >= 1;
  if (isWhole(regMax)) return regMax;
  const other = layout === 'nchw' ? 'nhwc' : 'nchw';
  const hint = isWhole((others - numClasses) / 4) ? `; should layout be '${other}'?` : '';
  throw new Error(`${channels} channels are not 4·regMax + ${numClasses} classes${hint}`);
}

function picturesOf({ data, shape }: NumberArray, batch: number): Promise<Picture[]> {
  const [count, height, width, channels] = shape;
  if (shape.length !== 4 || channels !== 3 || count !== batch) {
    throw new Error(`images should be [${batch}, H, W, 3], got [${shape}]`);
  }
  const pictures = Array.from({ length: count }, async (_, image) => {
    const pixels = new ImageData(width, height);
    for (let i = 0; i < width * height; i++) {
      for (let k = 0; k < 3; k++)
        pixels.data[4 * i + k] = data[3 * (image * width * height + i) + k];
      pixels.data[4 * i + 3] = 255;
    }
    return { source: await createImageBitmap(pixels), mirrored: false };
  });
  return Promise.all(pictures);
}
