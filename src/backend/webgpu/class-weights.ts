import type { Positives } from '../assign/positives.ts';
import type { HeadContext } from './head-context.ts';
import type { Group } from './image-groups.ts';

/** Factors of the class loss of a group's images: f32 [C] by class, then [images, A] by anchor. */
export function classWeightsOf(
  { classWeights, predictions: { numClasses, anchors } }: HeadContext,
  positives: Positives,
  { firstImage, images: count }: Group,
): Float32Array<ArrayBuffer> {
  const weights = new Float32Array(numClasses + count * anchors).fill(1);
  if (classWeights) weights.set(classWeights);
  for (let image = firstImage; image < firstImage + count; image++) {
    const first = numClasses + (image - firstImage) * anchors;
    for (const anchor of positives.ignored[image]) weights[first + anchor] = 0;
  }
  positives.images.forEach((image, i) => {
    if (image < firstImage || image >= firstImage + count) return;
    const first = numClasses + (image - firstImage) * anchors;
    weights[first + positives.anchors[i]] = positives.anchorWeights[i];
  });
  return weights;
}
