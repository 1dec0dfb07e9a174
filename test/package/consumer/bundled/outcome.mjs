import { createDetectionLoss, createLosses } from 'detloss';
import { fromOrt } from 'detloss/ort';
import { computeTotal } from '../compute-total.mjs';

/** The total of problem.json, and a plain loss, whose part of the package is loaded when it is asked for. */
export async function outcome() {
  const problem = await (await fetch('/problem.json')).json();
  const total = await computeTotal(createDetectionLoss, problem);
  const losses = await createLosses({ threads: 1 });
  const tensor = {
    type: 'float32',
    dims: [2],
    location: 'cpu',
    data: Float32Array.of(3, 4),
    gpuBuffer: undefined,
  };
  const target = { data: Float32Array.of(0, 0), shape: [2] };
  const { value } = await losses.mse(fromOrt(tensor), target);
  losses.dispose();
  return { total, mse: value };
}
