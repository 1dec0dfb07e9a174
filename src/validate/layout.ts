/** Positions of the channels in a tensor: before the cells, or after them. */
export const LAYOUTS = ['nchw', 'nhwc'] as const;

/** Axes of a level's shape, by layout. */
export const LEVEL_AXES = {
  nchw: { channels: 1, height: 2, width: 3, names: '[B, c, H, W]' },
  nhwc: { channels: 3, height: 1, width: 2, names: '[B, H, W, c]' },
} as const;
