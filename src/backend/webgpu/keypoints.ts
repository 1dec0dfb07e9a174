import { runSync } from '../../stages.ts';
import type { Assignment } from '../../types.ts';
import type { BufferRange, Dense, GroupedTargets, Predictions } from '../backend.ts';
import type { KeypointPredictions, KeypointSums, KeypointTargets } from '../task-inputs.ts';
import { columnsAlone } from '../wasm/columns.ts';
import { keypointColumns, keypoints as onHost } from '../wasm/keypoints.ts';
import { AnchorColumns } from './anchor-columns.ts';
import type { DeviceCall } from './device-call.ts';
import { Recorder } from './recorder.ts';
import type { Shared } from './session.ts';

/**
 * Keypoint losses of the positives. These few go through the WASM kernel, in float64: from a buffer they are brought
 * to the host, and their gradients back.
 */
export async function keypoints(
  { engine, load }: Pick<Shared, 'engine' | 'load'>,
  call: DeviceCall,
  action: string,
  predictions: Predictions<Dense>,
  targets: GroupedTargets,
  assignment: Assignment,
  { keypoints: tensor, ...shape }: KeypointPredictions<Dense>,
  truth: KeypointTargets,
  scale: KeypointSums,
  grads: Dense | null,
): Promise<KeypointSums> {
  // The stage looks at no level's data.
  const geometry = predictions as Predictions;
  if (tensor instanceof Float32Array) {
    const given = { ...shape, keypoints: tensor };
    const out = grads as Float32Array | null;
    const stage = onHost(engine, geometry, targets, assignment, given, truth, scale, out);
    return runSync(action, stage);
  }
  const pipelines = await load(action, 'columns');
  const channels = shape.count * shape.numbers;
  const columns = new AnchorColumns(call, action, 'keypoints', predictions, assignment, channels);
  const readback = call.scoped(action, () => {
    const recorder = new Recorder(pipelines);
    const read = call.memory.read(recorder, columns.gather(recorder, tensor));
    call.memory.submit(recorder);
    return read;
  });
  await call.wait(action, [readback]);
  const length = channels * assignment.anchor.length;
  const own = columnsAlone(new Float32Array(readback.range()).slice(0, length), channels);
  readback.done();
  const slopes = grads && columnsAlone(new Float32Array(length), channels);
  const sums = runSync(
    action,
    keypointColumns(engine, geometry, targets, assignment, shape, own, truth, scale, slopes),
  );
  if (!slopes) return sums;
  call.scoped(action, () => {
    const out = grads as BufferRange;
    call.checkBuffers(action, [['out.keypoints', out]]);
    const recorder = new Recorder(pipelines);
    const values = call.memory.upload(slopes.data as Float32Array<ArrayBuffer>);
    columns.spread(recorder, out, values);
    call.memory.submit(recorder);
  });
  await call.wait(action, []);
  return sums;
}
