import { frameworkTensor } from '../describe.ts';
import type { Layout } from '../types.ts';
import { LEVEL_AXES } from './layout.ts';

/** Options that fix the number of a head's channels. */
interface Channels {
  numClasses: number;
  regMax: number;
}

/** End of a message on a head whose boxes the model has decoded itself. */
export const DECODED = ': decoded in the export? raw outputs are needed';

/** Names the likely mistake behind predictions that are no list of levels, at the end of a message. */
export function listHint(feats: unknown, options: Channels): string {
  const [tensor, ...more] = Array.isArray(feats) ? feats : [feats];
  const shape = tensor?.shape;
  if (more.length > 0 || !Array.isArray(shape) || frameworkTensor(tensor)) return '';
  return headHint(shape, options) || (tensor === feats ? ': wrap it in a list' : '');
}

/** Names the likely mistake behind a tensor [B, c, A] or [B, A, c], a whole head. */
export function headHint(shape: readonly unknown[], { numClasses, regMax }: Channels): string {
  if (shape.length !== 3) return '';
  const isDecoded = regMax > 1 && shape.includes(4 + numClasses, 1);
  return isDecoded ? DECODED : ': splitHead splits a head into levels';
}

/** Names the likely mistake behind a level with another number of channels. */
export function channelHint(
  shape: readonly number[],
  layout: Layout,
  { numClasses, regMax }: Channels,
): string {
  const other = layout === 'nchw' ? 'nhwc' : 'nchw';
  if (shape[LEVEL_AXES[other].channels] === 4 * regMax + numClasses) return `: layout '${other}'?`;
  const bins = (shape[LEVEL_AXES[layout].channels] - numClasses) / 4;
  if (bins === 1) return `${DECODED}, or regMax: 1`;
  return Number.isInteger(bins) && bins > 1 ? `: regMax: ${bins}?` : '';
}
