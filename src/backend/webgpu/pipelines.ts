import { assemble, type Lanes, type Pipeline, pipelineOf } from './compile.ts';
import type { Gpu } from './gpu.ts';
import { passes } from './shaders.ts';

/** The passes of background.wgsl: the sum, the gradient, or both of one reading. */
const BACKGROUND = {
  background: { SUMS: true, SLOPES: false },
  slopes: { SUMS: false, SLOPES: true },
  classify: { SUMS: true, SLOPES: true },
} as const;

type Shader = keyof typeof passes;
export type Pass = Shader | keyof typeof BACKGROUND;

/** Threads a workgroup, by pass: the only place where it is written. A positive has 4 of regress'. */
export const WORKGROUP = {
  dfl: 64,
  overlap: 64,
  rotatedOverlap: 64,
  background: 64,
  slopes: 64,
  classify: 64,
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
} as const satisfies Record<Pass, number>;

/**
 * Elements a thread takes at most of what it reads. For sums many: a thread takes one logarithm, and Π(1 + e) of so many
 * factors, none above 2, is still a float32.
 */
export const ELEMENTS = { background: 64, finite: 16 } as const;

/** Channels whose gradients a thread of the masks' passes keeps: at most as many as a workgroup has threads, a word bits. */
export const MASK_BLOCK = 32;

const HEAD = ['dfl', 'background', 'slopes', 'classify', 'fold'] as const;
/** The passes of a criterion's stages. */
export const PASSES = {
  head: [...HEAD, 'overlap', 'regress'],
  rotatedHead: [...HEAD, 'rotatedOverlap', 'rotatedRegress', 'scatter', 'zeros'],
  masks: ['gather', 'scatter', 'zeros', 'masks', 'prototypes'],
  keypoints: ['gather', 'scatter', 'zeros', 'keypoints'],
  search: ['finite'],
} as const satisfies Record<string, readonly Pass[]>;
export type StageSet = keyof typeof PASSES;
export type Pipelines = Record<Pass, Partial<Record<Lanes, Pipeline>>>;

export interface Variant {
  /** R. */
  regMax: number;
  /** Whether the background is p^gamma · softplus. */
  isModulated: boolean;
}

/** Threads that share a partial sum of the background: a workgroup's, or the fewest that a subgroup has. */
export function sharersOf(gpu: Gpu): number {
  return gpu.leastSubgroup(WORKGROUP.background) || WORKGROUP.background;
}

/** The passes, compiled once for each device and variant. @throws {BackendError} GPU_SHADER */
export async function pipelinesOf(
  gpu: Gpu,
  action: string,
  variant: Variant,
  needed: readonly Pass[],
): Promise<Pipelines> {
  const pipelines = Object.fromEntries(
    (Object.keys(WORKGROUP) as Pass[]).map((pass) => [pass, {}]),
  ) as Pipelines;
  const wanted = [...new Set(needed)].flatMap((pass) =>
    (pass in BACKGROUND ? ([1, 4] as const) : ([1] as const)).map((lanes) => ({ pass, lanes })),
  );
  const compilations = wanted.map(async ({ pass, lanes }) => {
    const code = codeOf(gpu, pass, variant, lanes);
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
  gpu: Gpu,
  pass: Pass,
  { regMax, isModulated }: Variant,
  lanes: Lanes,
): string {
  const shader = pass in BACKGROUND ? 'background' : (pass as Shader);
  const workgroup = WORKGROUP[pass];
  const constants = {
    R: regMax,
    WORKGROUP: workgroup,
    MODULATED: isModulated,
    ...BACKGROUND[pass as keyof typeof BACKGROUND],
    BLOCK: MASK_BLOCK,
  };
  return assemble(passes[shader].join(''), constants, gpu.leastSubgroup(workgroup), lanes);
}
