import { readCase } from '../../examples/lib/read-case.mjs';
import photographUrl from '../../test/fixtures/real-nagasaki-boats.jpg?url';
import predictionsUrl from '../../test/fixtures/real-nagasaki-boats.safetensors?compact';
import { boxesOf, type Scene } from './scene.ts';

/**
 * Loads the scene that the page opens with: a photograph and its mirror image, boxes drawn by hand, and the raw
 * head outputs of a NanoDet trained on COCO, in half precision.
 */
export async function loadPhotograph(): Promise<Scene> {
  const [predictions, photograph] = await Promise.all([load(predictionsUrl), load(photographUrl)]);
  const unpacked = predictions.body?.pipeThrough(new DecompressionStream('gzip'));
  const bytes = new Uint8Array(await new Response(unpacked).arrayBuffer());
  const { config, feats, targets } = readCase(bytes);
  const { numClasses, regMax, strides } = config;
  const source = await createImageBitmap(await photograph.blob());
  return {
    name: 'a harbour photograph',
    head: { numClasses, regMax, strides, layout: 'nchw' },
    feats,
    boxes: boxesOf(targets.batchIdx, targets.cls, targets.bboxes),
    pictures: [
      { source, mirrored: false },
      { source, mirrored: true },
    ],
    classNames: { 0: 'person', 8: 'boat' },
  };
}

async function load(url: string): Promise<Response> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url} could not be loaded: ${response.status}`);
  return response;
}
