import { grownBox } from '../../src/reference/small-targets.ts';
import { type Edges, edgesOf } from './edit.ts';
import { head, options } from './head.ts';
import type { TargetBox } from './scene.ts';

/** Box within which the candidates of a small target lie, normalised; undefined for a target that does not grow. */
export function grownEdges(box: TargetBox): Edges | undefined {
  const [current, rule] = [head.value, options.value?.assigner.smallTargets];
  if (!current || !rule) return undefined;
  const { imageWidth: width, imageHeight: height } = current;
  const { left, top, right, bottom } = edgesOf(box);
  const own: [number, number, number, number] = [
    left * width,
    top * height,
    right * width,
    bottom * height,
  ];
  const grown = grownBox(own, rule);
  if (grown.every((edge, k) => edge === own[k])) return undefined;
  const [x1, y1, x2, y2] = grown;
  return { left: x1 / width, top: y1 / height, right: x2 / width, bottom: y2 / height };
}
