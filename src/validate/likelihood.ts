import type { Dense } from '../backend/inputs.ts';
import { countOf, describe } from '../describe.ts';
import { ShapeError } from '../errors.ts';
import { checkFinite } from './finite.ts';
import { sizeOf } from './shape.ts';
import { readSized } from './sized.ts';
import { type DenseTensor, readShape } from './tensor.ts';

/** Networks of a flow: scales and shifts of six couplings; and their tensors, weight and bias of three layers. */
const NETWORKS = 12;
const TENSORS = 6;
/** Number of tensors of a flow. */
export const FLOW_TENSORS = NETWORKS * TENSORS;

/** Checked weights of a flow. */
export interface Flow {
  tensors: DenseTensor[];
  /** Number of hidden numbers. */
  hidden: number;
}

/**
 * Checks the weights of a flow, in the order of its networks.
 *
 * @throws {ShapeError | BackendError}
 */
export function validateFlow(
  name: string,
  flow: unknown,
  mustBeFinite: boolean,
  takesBuffers: boolean,
): Flow {
  if (!Array.isArray(flow) || flow.length !== FLOW_TENSORS) {
    const got = Array.isArray(flow) ? countOf(flow.length, 'tensor') : describe(flow);
    throw new ShapeError(
      'LEVEL_COUNT',
      `${name} needs ${countOf(FLOW_TENSORS, 'tensor')}, got ${got}`,
    );
  }
  const [hidden] = readShape(`${name}[0]`, flow[0], '[H, 2]');
  const h = ['H', hidden] as const;
  const two = ['2', 2] as const;
  const axes = [[h, two], [h], [h, h], [h], [two, h], [two]];
  const tensors = [...flow].map((tensor, i) => {
    const read = readSized(`${name}[${i}]`, tensor, axes[i % TENSORS], false, takesBuffers);
    const length = sizeOf(read.shape);
    const strides = { imageStride: length, channelStride: 1 };
    if (mustBeFinite) checkFinite(`${name}[${i}]`, read.data, length, strides);
    return read;
  });
  return { tensors, hidden };
}

/** The tensors as others beside the levels, each of one image. */
export function othersOf({ tensors }: Flow) {
  return tensors.map(({ data, shape }, i) => ({
    name: `flow[${i}]`,
    data,
    shape: [1, sizeOf(shape)],
  }));
}

/** Data of tensors. */
export function dataOf(tensors: readonly DenseTensor[]): Dense[] {
  return tensors.map(({ data }) => data);
}
