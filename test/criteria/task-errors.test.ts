import { describe, expect, it } from 'vitest';
import type { Tensor } from '../../src/types.ts';
import { expectCode } from '../lib/expect-code.ts';
import { tasks } from '../lib/tasks/index.ts';
import { copyTensors, mapTensors, sampledPaths, tensorsOf } from '../lib/tensors.ts';

type Change = (tensor: Tensor) => object;

describe.each(tasks)('$name, wrong calls', ({ create, ordinary }) => {
  const { options, predictions, targets } = ordinary;
  const paths = sampledPaths(predictions);
  const onWasm = () => create({ ...options, backend: 'wasm' });

  it('predictions that are no object, or lack a part: TENSOR_TYPE', async () => {
    using criterion = await onWasm();
    const lacking = { ...predictions, [paths[0].split('.')[0]]: undefined };
    for (const broken of [undefined, 4, lacking]) {
      const call = () => criterion.value(broken as object, targets);
      await expectCode('TENSOR_TYPE', call, /value: predictions needs \{ .* without /);
    }
  });

  it('predictions or out with an unknown part: TENSOR_TYPE, but for one that is undefined', async () => {
    using criterion = await onWasm();
    const more = { ...predictions, extra: tensorsOf(predictions)[paths[0]] };
    const known = /the unknown part extra; known are /;
    await expectCode('TENSOR_TYPE', () => criterion.value(more, targets), known);
    const out = { ...copyTensors(predictions, 7), extra: more.extra };
    const call = () => criterion.valueAndGrad(predictions, targets, { out });
    await expectCode('TENSOR_TYPE', call, /out has the unknown part extra/);
    const { total } = await criterion.value({ ...predictions, extra: undefined }, targets);
    expect(total).toBe((await criterion.value(predictions, targets)).total);
  });

  it.each(paths)('%s of another type, shape or length: named, nothing written', async (path) => {
    using criterion = await onWasm();
    const name = new RegExp(path.replace(/\.(\d+)$/, '\\[$1\\]'));
    const out = copyTensors(predictions, 7);
    const replaced = (change: Change): object =>
      mapTensors(predictions, (tensor, at) => (at === path ? change(tensor) : tensor) as never);
    const wrong = [
      ['TENSOR_TYPE', replaced(({ data, shape }) => ({ data: Float64Array.from(data), shape }))],
      ['TENSOR_TYPE', replaced(({ data }) => data)],
      ['TENSOR_SHAPE', replaced(({ data, shape }) => ({ data, shape: shape.slice(1) }))],
      ['TENSOR_SHAPE', replaced(({ data, shape }) => ({ data, shape: [...shape, 1] }))],
      ['TENSOR_SHAPE', replaced(({ data, shape }) => ({ data, shape: [0, ...shape.slice(1)] }))],
      ['TENSOR_LENGTH', replaced(({ data, shape }) => ({ data: data.subarray(1), shape }))],
    ] as const;
    for (const [code, broken] of wrong) {
      await expectCode(code, () => criterion.valueAndGrad(broken, targets, { out }), name);
    }
    const written = Object.values(tensorsOf(out)).some(({ data }) => data.some((x) => x !== 7));
    expect(written).toBe(false);
  });

  it('out of another structure or shape, or that shares memory: named, nothing written', async () => {
    using criterion = await onWasm();
    const fresh = () => copyTensors(predictions, 7);
    const [first] = paths;
    const outName = new RegExp(`out.${first.replace(/\.(\d+)$/, '\\[$1\\]')}`);
    const changed = (change: Change): object =>
      mapTensors(fresh(), (tensor, at) => (at === first ? change(tensor) : tensor) as never);
    const wrong = [
      ['TENSOR_TYPE', null, /out needs \{/],
      [
        'TENSOR_TYPE',
        { ...fresh(), [paths[0].split('.')[0]]: undefined },
        /out needs \{.* without/,
      ],
      [
        'TENSOR_SHAPE',
        changed(({ data, shape }) => ({ data, shape: [...shape].reverse() })),
        outName,
      ],
      ['TENSOR_LENGTH', changed(({ data, shape }) => ({ data: data.subarray(1), shape })), outName],
      ['OUT_ALIASES_INPUT', predictions, /out\..* memory of its own/],
    ] as const;
    for (const [code, out, message] of wrong) {
      const call = () => criterion.valueAndGrad(predictions, targets, { out: out as object });
      await expectCode(code, call, message);
    }
    await criterion.value(predictions, targets);
  });

  it('out in the memory of targets: OUT_ALIASES_INPUT, nothing written', async () => {
    using criterion = await create(options);
    const out = copyTensors(predictions, 0);
    const [[name, given]] = Object.entries(
      targets as Record<string, ArrayLike<number> | Tensor>,
    ).filter(([key]) => ['cls', 'labels', 'depth'].includes(key));
    const { length } = 'data' in given ? given.data : given;
    const own = tensorsOf(out)[paths[0]].data.subarray(0, length);
    const shared = 'data' in given ? { ...given, data: own } : own;
    const call = () => criterion.valueAndGrad(predictions, { ...targets, [name]: shared }, { out });
    await expectCode('OUT_ALIASES_INPUT', call, /memory shared with targets$/);
    expect(own).toEqual(new Float32Array(length));
  });
});
