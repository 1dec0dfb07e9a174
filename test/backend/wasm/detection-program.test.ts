import { describe, expect, it } from 'vitest';
import { CRITERIA, DETECTION } from '../../../src/backend/programs/criteria/program.ts';
import { loadBuild } from '../../../src/backend/runtime/embedded.ts';
import { createDetectionLoss, createOrientedLoss } from '../../../src/index.ts';
import { CLASS_LOSS_KINDS, OVERLAP_KINDS, UPRIGHT_IOU_KINDS } from '../../../src/kinds.ts';
import { builds } from '../../lib/builds.ts';
import { expectCode } from '../../lib/expect-code.ts';
import { loadGolden, optionsOf, storedCases } from '../../lib/golden.ts';
import { bitsOf, expectBits } from '../../lib/same-bits.ts';

const own = await Promise.all(DETECTION.builds.map(loadBuild));

describe.each(builds.map((all, i) => ({ ...all, detection: own[i] })))(
  "detection's program, $build",
  ({ wasm, detection }) => {
    it('exports all kernels but those that it may lack', async () => {
      const exports = WebAssembly.Module.exports(await WebAssembly.compile(detection));
      const kernels = exports.map(({ name }) => name).filter((name) => name in CRITERIA.kernels);
      const needed = Object.keys(CRITERIA.kernels).filter(
        (name) => !DETECTION.lacks?.some((lacked) => lacked === name),
      );
      expect(kernels.sort()).toEqual(needed.sort());
    });

    it.each(storedCases)(
      '%s, every similarity and class loss: the bits of the other program',
      async (name) => {
        const golden = await loadGolden(name);
        const { feats, targets } = golden;
        const { assigner, ...options } = optionsOf(golden);
        for (const [i, iou] of UPRIGHT_IOU_KINDS.entries()) {
          const overlap = OVERLAP_KINDS[i % OVERLAP_KINDS.length];
          const classification = CLASS_LOSS_KINDS[i % CLASS_LOSS_KINDS.length];
          const own = { iou, classification, assigner: { ...assigner, overlap } };
          const config = { ...options, ...own, backend: 'wasm' as const, threads: 1 };
          using criterion = await createDetectionLoss({ ...config, wasm: detection });
          using other = await createDetectionLoss({ ...config, wasm });
          const expected = bitsOf(await other.valueAndGrad(feats, targets));
          expectBits(await criterion.valueAndGrad(feats, targets), expected, iou);
        }
      },
    );

    it('is refused by a criterion of another task: WASM_LOAD', async () => {
      const create = () => createOrientedLoss({ numClasses: 1, backend: 'wasm', wasm: detection });
      await expectCode('WASM_LOAD', create, /detloss\.wasm/);
    });
  },
);
