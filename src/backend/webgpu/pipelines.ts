import { BackendError } from '../../errors.ts';
import { firstLine, type Gpu } from './gpu.ts';
import { lanes as laneSources, passes, sum as sums } from './shaders.ts';

/** Threads a workgroup, by pass: the only place where it is written. A positive has 4 of regress'. */
export const WORKGROUP = {
  dfl: 64,
  overlap: 64,
  background: 64,
  slopes: 64,
  regress: 64,
  fold: 256,
  finite: 256,
  gather: 64,
  scatter: 64,
  zeros: 256,
} as const satisfies Record<keyof typeof passes, number>;

/**
 * Elements a thread of the dense passes takes at most. For the sum more of them: a thread takes one logarithm, a
 * workgroup adds up once, and Π(1 + e) of 120 factors, none above 2, is still a float32.
 */
export const ELEMENTS = { background: 120, slopes: 64, finite: 16 } as const;

export type Pass = keyof typeof passes;

/** What is compiled together, because it is used together. */
export const PASSES = {
  head: ['dfl', 'overlap', 'background', 'slopes', 'regress', 'fold', 'finite'],
  columns: ['gather', 'scatter', 'zeros'],
} as const satisfies Record<string, readonly Pass[]>;

/** Elements that a pass works on at a time. */
export type Lanes = 1 | 4;
export type Pipelines = Record<Pass, Partial<Record<Lanes, Pipeline>>>;

/** Passes that have a variant for four elements at a time. */
const WIDE: readonly Pass[] = ['background', 'slopes'];

export interface Pipeline {
  pass: Pass;
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
}

export interface Variant {
  /** R. */
  regMax: number;
  /** Whether the background is p^gamma · softplus. */
  isModulated: boolean;
  /** Sum by subgroups, not by workgroup memory. */
  subgroups: boolean;
}

/** Gives the pipelines of a set, compiled at first use. Rejects with BackendError GPU_SHADER. */
export type Load = (action: string, set: keyof typeof PASSES) => Promise<Pipelines>;

export function loaderOf(gpu: Gpu, variant: Variant): Load {
  const loaded = new Map<keyof typeof PASSES, Promise<Pipelines>>();
  return (action, set) => {
    let pipelines = loaded.get(set);
    if (!pipelines) {
      pipelines = pipelinesOf(gpu, action, variant, PASSES[set]);
      loaded.set(set, pipelines);
      pipelines.catch(() => loaded.delete(set));
    }
    return pipelines;
  };
}

/** By device, then by code. */
const compiled = new WeakMap<GPUDevice, Map<string, Promise<Pipeline>>>();

/** The passes, compiled once for each device and variant. @throws {BackendError} GPU_SHADER */
export async function pipelinesOf(
  gpu: Gpu,
  action: string,
  variant: Variant,
  needed: readonly Pass[],
): Promise<Pipelines> {
  const { device } = gpu;
  const cache = compiled.get(device) ?? new Map<string, Promise<Pipeline>>();
  compiled.set(device, cache);
  const pipelines = Object.fromEntries(
    (Object.keys(passes) as Pass[]).map((pass) => [pass, {}]),
  ) as Pipelines;
  const wanted = needed.flatMap((pass) =>
    (WIDE.includes(pass) ? ([1, 4] as const) : ([1] as const)).map((lanes) => ({ pass, lanes })),
  );
  const compilations = wanted.map(async ({ pass, lanes }) => {
    const code = codeOf(pass, variant, lanes);
    let pipeline = cache.get(code);
    if (!pipeline) {
      pipeline = compile(device, pass, code);
      cache.set(code, pipeline);
      pipeline.catch(() => cache.delete(code));
    }
    pipelines[pass][lanes] = await pipeline;
  });
  // All, so that none which will fail is found in the cache by the next criterion.
  const settled = await Promise.allSettled(compilations);
  const failed = settled.find((result) => result.status === 'rejected');
  if (!failed) return pipelines;
  gpu.checkAlive(action);
  const cause: unknown = failed.reason;
  const reason = firstLine(cause instanceof Error ? cause.message : String(cause));
  const message = `${action}: a shader does not compile on this device: ${reason}`;
  throw new BackendError('GPU_SHADER', message, { cause });
}

/** The whole WGSL source of a pass. */
export function codeOf(
  pass: Pass,
  { regMax, isModulated, subgroups }: Variant,
  lanes: Lanes,
): string {
  const source = passes[pass].join('');
  const constants = [
    ['R', regMax],
    ['WORKGROUP', WORKGROUP[pass]],
    ['K', ELEMENTS[pass as keyof typeof ELEMENTS] / lanes],
    ['MODULATED', isModulated],
  ] as const;
  const used = constants.filter(([name]) => new RegExp(`\\b${name}\\b`).test(source));
  const lines = used.map(([name, value]) => {
    return `const ${name} = ${value}${typeof value === 'number' ? 'u' : ''};\n`;
  });
  const sumsUsed = source.includes('workgroup_sum');
  const enable = subgroups && sumsUsed ? 'enable subgroups;\n' : '';
  const sum = sumsUsed ? sums[subgroups ? 'subgroups' : 'workgroup'] : '';
  return enable + lines.join('') + laneSources[lanes] + sum + withBuiltins(source, subgroups);
}

function withBuiltins(source: string, subgroups: boolean): string {
  const builtins =
    '@builtin(subgroup_invocation_id) subgroup_lane: u32,\n@builtin(subgroup_size) subgroup_size: u32,';
  return source
    .replaceAll('SUBGROUP_BUILTINS', subgroups ? builtins : '')
    .replaceAll('SUBGROUP_LANE', subgroups ? 'subgroup_lane' : '0u')
    .replaceAll('SUBGROUP_SIZE', subgroups ? 'subgroup_size' : '0u');
}

async function compile(device: GPUDevice, pass: Pass, code: string): Promise<Pipeline> {
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label: pass, code });
  const broken = device.popErrorScope();
  const compiled = device.createComputePipelineAsync({
    label: pass,
    layout: 'auto',
    compute: { module, entryPoint: 'main' },
  });
  compiled.catch(() => {});
  const error = await broken;
  if (error) {
    const { messages } = await module.getCompilationInfo();
    const first = messages.find(({ type }) => type === 'error');
    throw new Error(
      `${pass}: ${first ? `line ${first.lineNum}: ${first.message}` : error.message}`,
    );
  }
  const pipeline = await compiled;
  return { pass, pipeline, layout: pipeline.getBindGroupLayout(0) };
}
