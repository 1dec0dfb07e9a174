/** Sizes in pixels that a box generator may need. */
interface Image {
  width: number;
  height: number;
  /** Stride of the first level. */
  stride: number;
}

type Xywh = [x: number, y: number, width: number, height: number];

/** Generators of all kinds of boxes (normalised xywh) in training data, valid or not. */
const makers = {
  /** In the frame, from a tenth to all of its size. */
  ordinary(u: () => number): Xywh {
    const width = 0.1 + 0.9 * u();
    const height = 0.1 + 0.9 * u();
    return [width / 2 + (1 - width) * u(), height / 2 + (1 - height) * u(), width, height];
  },
  /** Smaller than two pixels. */
  tiny(u: () => number, image: Image): Xywh {
    return [u(), u(), (2 * u()) / image.width, (2 * u()) / image.height];
  },
  /** No width, no height, or neither. */
  degenerate(u: () => number): Xywh {
    const which = u();
    return [u(), u(), which < 0.6 ? 0 : u(), which > 0.4 ? 0 : u()];
  },
  /** Partly or wholly outside; those left of and above the frame are ignored. */
  outOfFrame(u: () => number): Xywh {
    return [2 * u() - 0.5, 2 * u() - 0.5, u(), u()];
  },
  /** Edges on cell centres, which are then not strictly inside. */
  snapped(u: () => number, { width, height, stride }: Image): Xywh {
    const centre = (size: number) => (Math.floor((u() * size) / stride) + 0.5) * stride;
    const [x1, y1] = [centre(width), centre(height)];
    const [x2, y2] = [x1 + centre(width), y1 + centre(height)];
    const middle: [number, number] = [(x1 + x2) / 2 / width, (y1 + y2) / 2 / height];
    return [...middle, (x2 - x1) / width, (y2 - y1) / height];
  },
  /** Almost the same box as all others of its kind, so that they compete for the same anchors. */
  crowded(u: () => number): Xywh {
    const near = (value: number) => value + 0.1 * (u() - 0.5);
    return [near(0.5), near(0.5), near(0.6), near(0.5)];
  },
};

export type BoxKind = keyof typeof makers;
export const boxKinds = Object.keys(makers) as BoxKind[];

/** Probability that a box of a mixed set is an exact copy of the one before it. */
const COPIES = 0.1;

/** @returns [count, 4] flat, xywh, normalised */
export function randomBoxes(
  kind: BoxKind | 'mixed',
  count: number,
  uniform: () => number,
  image: Image,
): Float64Array {
  const boxes = new Float64Array(4 * count);
  for (let n = 0; n < count; n++) {
    if (kind === 'mixed' && n > 0 && uniform() < COPIES) {
      boxes.copyWithin(4 * n, 4 * n - 4, 4 * n);
      continue;
    }
    const sort = kind === 'mixed' ? boxKinds[Math.floor(uniform() * boxKinds.length)] : kind;
    boxes.set(makers[sort](uniform, image), 4 * n);
  }
  return boxes;
}
