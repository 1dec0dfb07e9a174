import { assemble, type Lanes, type Pipeline, pipelineOf } from './compile.ts';
import type { Gpu } from './gpu.ts';
import { passes } from './shaders.ts';

/** Threads a workgroup, by pass: the only place where it is written. A positive has 4 of regress'. */
export const WORKGROUP = {
  dfl: 64,
  overlap: 64,
  rotatedOverlap: 64,
  background: 64,
  slopes: 64,
  regress: 64,
  rotatedRegress: 64,
  fold: 256,
  finite: 256,
  gather: 64,
  scatter: 64,
  zeros: 256,
  masks: 64,
  prototypes: 64,
  keypoints: 64,
} as const satisfies Record<keyof typeof passes, number>;

/**
 * Elements a thread of the dense passes takes at most. For the sum more of them: a thread takes one logarithm, a
 * workgroup adds up once, and Π(1 + e) of 120 factors, none above 2, is still a float32.
 */
export const ELEMENTS = { background: 120, slopes: 64, finite: 16 } as const;

/** Channels whose gradients a thread of the masks' passes keeps: at most as many as a workgroup has threads, a word bits. */
export const MASK_BLOCK = 32;

export type Pass = keyof typeof passes;

const HEAD = ['dfl', 'background', 'slopes', 'fold', 'finite'] as const;
/** The passes of a criterion's stages. */
export const PASSES = {
  head: [...HEAD, 'overlap', 'regress'],
  rotatedHead: [...HEAD, 'rotatedOverlap', 'rotatedRegress', 'scatter', 'zeros'],
  masks: ['gather', 'scatter', 'zeros', 'masks', 'prototypes'],
  keypoints: ['gather', 'scatter', 'zeros', 'keypoints'],
} as const satisfies Record<string, readonly Pass[]>;
export type StageSet = keyof typeof PASSES;
export type Pipelines = Record<Pass, Partial<Record<Lanes, Pipeline>>>;

/** Passes that have a variant for four elements at a time. */
const WIDE: readonly Pass[] = ['background', 'slopes'];

export interface Variant {
  /** R. */
  regMax: number;
  /** Whether the background is p^gamma · softplus. */
  isModulated: boolean;
  /** Sum by subgroups, not by workgroup memory. */
  subgroups: boolean;
}

/** The passes, compiled once for each device and variant. @throws {BackendError} GPU_SHADER */
export async function pipelinesOf(
  gpu: Gpu,
  action: string,
  variant: Variant,
  needed: readonly Pass[],
): Promise<Pipelines> {
  const pipelines = Object.fromEntries(
    (Object.keys(passes) as Pass[]).map((pass) => [pass, {}]),
  ) as Pipelines;
  const wanted = [...new Set(needed)].flatMap((pass) =>
    (WIDE.includes(pass) ? ([1, 4] as const) : ([1] as const)).map((lanes) => ({ pass, lanes })),
  );
  const compilations = wanted.map(async ({ pass, lanes }) => {
    const code = codeOf(pass, variant, lanes);
    pipelines[pass][lanes] = await pipelineOf(gpu, action, {
      pass,
      workgroup: WORKGROUP[pass],
      code,
    });
  });
  // All, so that none which will fail is found in the cache by the next criterion.
  const settled = await Promise.allSettled(compilations);
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return pipelines;
}

/** The whole WGSL source of a pass. */
export function codeOf(
  pass: Pass,
  { regMax, isModulated, subgroups }: Variant,
  lanes: Lanes,
): string {
  const source = passes[pass].join('');
  const constants = {
    R: regMax,
    WORKGROUP: WORKGROUP[pass],
    K: ELEMENTS[pass as keyof typeof ELEMENTS] / lanes,
    MODULATED: isModulated,
    BLOCK: MASK_BLOCK,
  };
  return assemble(source, constants, subgroups, lanes);
}
