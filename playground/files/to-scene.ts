import type { Layout } from 'detloss';
import { boxesOf, type Picture, type Scene } from '../model/scene.ts';
import type { Contents, NumberArray } from './contents.ts';

/**
 * Makes a scene from the contents of a file. The package checks the rest when `openScene` calls it.
 *
 * @throws {Error} the channels fit no regMax, or the numbers of boxes, classes and images do not agree
 */
export async function toScene(name: string, contents: Contents): Promise<Scene> {
  const { numClasses, strides, feats, batchIdx, cls, bboxes, images, names } = contents;
  const layout = layoutOf(contents.layout);
  if (cls.length !== batchIdx.length || bboxes.length !== 4 * batchIdx.length) {
    const counts = `${batchIdx.length}, ${cls.length} and ${bboxes.length}`;
    throw new Error(`N image indices need N classes and 4·N box numbers, got ${counts}`);
  }
  return {
    name,
    head: { numClasses, strides, layout, regMax: regMaxOf(feats, numClasses, layout) },
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

function regMaxOf(feats: readonly NumberArray[], numClasses: number, layout: Layout): number {
  const shape = feats[0]?.shape ?? [];
  if (shape.length !== 4) throw new Error(`feats.0 should have 4 axes, got [${shape}]`);
  const channels = shape[layout === 'nchw' ? 1 : 3];
  const regMax = (channels - numClasses) / 4;
  if (Number.isInteger(regMax) && regMax >= 1) return regMax;
  throw new Error(`${channels} channels are not 4·regMax + ${numClasses} classes`);
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
