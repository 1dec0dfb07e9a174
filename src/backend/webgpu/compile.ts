import { firstLine } from '../../describe.ts';
import { BackendError } from '../../errors.ts';
import { lanesCode, sumCode } from './generated/shared.ts';
import type { Gpu } from './gpu.ts';
import type { Pass } from './pass.ts';
import type { Struct } from './struct.ts';

/** Number of elements that a pass works on at a time. */
export type Lanes = 1 | 4;

/** A pass to compile. */
interface Source {
  /** Name of the pass. */
  pass: string;
  /** Number of threads of a workgroup. */
  workgroup: number;
  code: string;
  uniforms: Pick<Struct<object>, 'bytes' | 'write'>;
  /** Names of the bindings behind the uniforms, in order. */
  bindings: readonly string[];
}

/** A compiled pass. */
export interface Pipeline extends Source {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
}

/** Compiled passes by name, each by the number of elements that it takes at a time. */
export type Pipelines<Name extends PropertyKey> = {
  [N in Name]?: Partial<Record<Lanes, Pipeline>>;
};

/** Pipelines by device, then by code. */
const compiled = new WeakMap<GPUDevice, Map<string, Promise<Pipeline>>>();

/**
 * Compiles passes of a table, each once for a device.
 *
 * @param constants values of constants that shaders leave to the host; each gets those that it uses
 * @throws {BackendError} GPU_SHADER
 */
export async function compilePasses<Name extends string>(
  gpu: Gpu,
  action: string,
  table: Readonly<Record<Name, Pass>>,
  constants: Readonly<Record<string, number | boolean>>,
  needed: readonly Name[],
): Promise<Pipelines<Name>> {
  const pipelines: Pipelines<Name> = {};
  const wanted = [...new Set(needed)].flatMap((name) =>
    (table[name].inFours ? ([1, 4] as const) : ([1] as const)).map((lanes) => ({ name, lanes })),
  );
  const compilations = wanted.map(async ({ name, lanes }) => {
    const { workgroup, uniforms, bindings } = table[name];
    const code = assemble(table[name], constants, gpu.leastSubgroup(workgroup), lanes);
    const source = { pass: name, workgroup, code, uniforms, bindings: bindings.split(' ') };
    const pipeline = await pipelineOf(gpu, action, source);
    pipelines[name] = { ...pipelines[name], [lanes]: pipeline };
  });
  // All are waited for, so that the next criterion finds none in the cache that is about to fail
  const settled = await Promise.allSettled(compilations);
  const failed = settled.find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
  return pipelines;
}

/** Compiles a pass, once for a device. @throws {BackendError} GPU_SHADER */
async function pipelineOf(gpu: Gpu, action: string, source: Source): Promise<Pipeline> {
  const { device } = gpu;
  const cache = compiled.get(device) ?? new Map<string, Promise<Pipeline>>();
  compiled.set(device, cache);
  let pipeline = cache.get(source.code);
  if (!pipeline) {
    pipeline = compile(device, source);
    cache.set(source.code, pipeline);
    pipeline.catch(() => cache.delete(source.code));
  }
  try {
    return await pipeline;
  } catch (cause) {
    gpu.checkAlive(action);
    const reason = firstLine(cause instanceof Error ? cause.message : String(cause));
    const message = `${action}: a shader does not compile on this device: ${reason}`;
    throw new BackendError('GPU_SHADER', message, { cause });
  }
}

/**
 * The whole WGSL source of a pass, with its variants.
 *
 * @param subgroups number of threads of the smallest subgroup; 0: sums go through workgroup memory
 */
function assemble(
  { code, workgroup, constants: own }: Pass,
  constants: Readonly<Record<string, number | boolean>>,
  subgroups: number,
  lanes: Lanes,
): string {
  const source = code.join('');
  const sumsUsed = /\b(workgroup|shared)_sum\b/.test(source);
  const sum = sumsUsed ? sumCode[subgroups ? 'subgroups' : 'workgroup'] : '';
  const all = { ...constants, ...own, WORKGROUP: workgroup, LEAST_SUBGROUP: subgroups };
  const used = Object.entries(all).filter(([name]) =>
    new RegExp(`\\b${name}\\b`).test(sum + source),
  );
  const lines = used.map(([name, value]) => {
    return `const ${name} = ${value}${typeof value === 'number' ? 'u' : ''};\n`;
  });
  const enable = subgroups && sumsUsed ? 'enable subgroups;\n' : '';
  return enable + lines.join('') + lanesCode[lanes] + sum + withBuiltins(source, subgroups > 0);
}

function withBuiltins(source: string, subgroups: boolean): string {
  const builtins =
    '@builtin(subgroup_invocation_id) subgroup_lane: u32,\n@builtin(subgroup_size) subgroup_size: u32,';
  return source
    .replaceAll('SUBGROUP_BUILTINS', subgroups ? builtins : '')
    .replaceAll('SUBGROUP_LANE', subgroups ? 'subgroup_lane' : '0u')
    .replaceAll('SUBGROUP_SIZE', subgroups ? 'subgroup_size' : '0u');
}

async function compile(device: GPUDevice, source: Source): Promise<Pipeline> {
  const { pass, code } = source;
  device.pushErrorScope('validation');
  const module = device.createShaderModule({ label: pass, code });
  const broken = device.popErrorScope();
  const compiling = device.createComputePipelineAsync({
    label: pass,
    layout: 'auto',
    compute: { module, entryPoint: 'main' },
  });
  compiling.catch(() => {});
  const error = await broken;
  if (error) {
    const { messages } = await module.getCompilationInfo();
    const first = messages.find(({ type }) => type === 'error');
    throw new Error(
      `${pass}: ${first ? `line ${first.lineNum}: ${first.message}` : error.message}`,
    );
  }
  const pipeline = await compiling;
  // On a lost device, Firefox gives an invalid pipeline, whose errors would reach the page
  device.pushErrorScope('validation');
  const layout = pipeline.getBindGroupLayout(0);
  device.popErrorScope().catch(() => {});
  return { ...source, pipeline, layout };
}
