import { describe, expect, it } from 'vitest';
import { createDetectionLoss } from '../../src/index.ts';
import { gpuBackends } from '../lib/backends.ts';
import { expectSame } from '../lib/compare.ts';
import { ordinaryProblem } from '../lib/problem.ts';

const { config, feats, targets } = ordinaryProblem();
const cells = 96;
const channels = 37;

const wasm = await createDetectionLoss({ ...config, backend: 'wasm' });
const { assignment } = await wasm.value(feats, targets);
const positive = assignment.anchor.findIndex((anchor) => anchor < cells);
const image = assignment.image[positive];
const anchor = assignment.anchor[positive];
/** Indices of the targets of that positive's image. */
const order = targets.batchIdx.map((_, i) => i).filter((i) => targets.batchIdx[i] === image);
const cls = targets.cls[order[assignment.target[positive]]];
const at = (channel: number, cell = anchor) => (image * channels + channel) * cells + cell;

const places = [
  ['a class logit of the background', at(33, 0)],
  ["a positive's own class logit", at(32 + cls)],
  ['another class logit of a positive', at(32 + ((cls + 1) % 5))],
  ["a positive's first bin", at(0)],
  ["a positive's last bin", at(31)],
  ['a bin of an anchor in no target', at(9, 0)],
] as const;

describe.each(gpuBackends)('NaN and infinity, $name', ({ config: own, bound }) => {
  describe.each([Number.NaN, Infinity, -Infinity])('%d', (bad) => {
    it.each(places)('in %s: what WASM gives', async (_, place) => {
      using criterion = await createDetectionLoss({ ...config, ...own });
      const data = feats[0].data.slice();
      data[place] = bad;
      const broken = [{ ...feats[0], data }, feats[1], feats[2]];
      const expected = await wasm.valueAndGrad(broken, targets);
      const actual = await criterion.valueAndGrad(broken, targets);
      expectSame('total', actual.total, expected.total, bound);
      for (const item of ['box', 'cls', 'dfl'] as const) {
        expectSame(item, actual.items[item], expected.items[item], bound);
      }
      expect(actual.assignment.anchor).toEqual(expected.assignment.anchor);
      expect(actual.assignment.target).toEqual(expected.assignment.target);
      actual.grads.forEach((grad, l) => {
        const finiteOf = (values: Float32Array) => Array.from(values, Number.isFinite);
        expect(finiteOf(grad.data)).toEqual(finiteOf(expected.grads[l].data));
      });
    });
  });
});
