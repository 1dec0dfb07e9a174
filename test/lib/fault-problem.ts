import { createDetectionLoss, type DetectionLoss, type Tensor } from '../../src/index.ts';
import { type Bits, bitsOf, expectBits } from './same-bits.ts';
import { threadProblem } from './thread-problem.ts';

/** Problem to compute while workers misbehave. */
export const FAULT_PROBLEM = threadProblem('nchw', 3, 40);
export const THREADS = 3;

const { config, feats, targets } = FAULT_PROBLEM;
let alone: Promise<Bits> | undefined;

/** Result of one thread. */
export function bitsAlone(): Promise<Bits> {
  alone ??= (async () => {
    using criterion = await createDetectionLoss({ ...config, threads: 1 });
    return bitsOf(criterion.valueAndGradSync(feats, targets));
  })();
  return alone;
}

/** Fails unless a call, and another one, have the bits of one thread. */
export async function expectCalls(criterion: DetectionLoss, isShared: boolean): Promise<void> {
  const expected = await bitsAlone();
  const { own, out } = faultTensors(criterion, isShared);
  expectBits(criterion.valueAndGradSync(own, targets, { out }), expected);
  expectBits(criterion.valueAndGradSync(own, targets, { out }), expected);
}

/** Predictions, and memory full of NaN for their gradients. */
export function faultTensors(
  criterion: DetectionLoss,
  isShared: boolean,
): Record<'own' | 'out', Tensor[]> {
  const allocate = (shape: readonly number[]) =>
    isShared
      ? criterion.allocate(shape)
      : { data: new Float32Array(shape.reduce((product, n) => product * n, 1)), shape };
  const own = feats.map(({ shape }) => allocate(shape));
  const out = feats.map(({ shape }) => allocate(shape));
  own.forEach(({ data }, l) => {
    data.set(feats[l].data);
  });
  for (const { data } of out) data.fill(Number.NaN);
  return { own, out };
}
