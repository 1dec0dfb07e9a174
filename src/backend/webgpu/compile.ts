import { firstLine } from '../../describe.ts';
import { BackendError } from '../../errors.ts';
import type { Gpu } from './gpu.ts';
import { lanes as laneSources, sum as sums } from './shader-parts.ts';

/** Elements that a pass works on at a time. */
export type Lanes = 1 | 4;

/** A pass to compile. */
export interface Source {
  /** Its name. */
  pass: string;
  /** Threads a workgroup. */
  workgroup: number;
  code: string;
}

/** A compiled pass. */
export interface Pipeline extends Source {
  pipeline: GPUComputePipeline;
  layout: GPUBindGroupLayout;
}

/** By device, then by code. */
const compiled = new WeakMap<GPUDevice, Map<string, Promise<Pipeline>>>();

/** A pass, compiled once for each device. @throws {BackendError} GPU_SHADER */
export async function pipelineOf(gpu: Gpu, action: string, source: Source): Promise<Pipeline> {
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
 * @param constants of which it gets those it has
 * @param subgroups threads of the smallest; 0: sum by workgroup memory
 */
export function assemble(
  source: string,
  constants: Record<string, number | boolean>,
  subgroups: number,
  lanes: Lanes = 1,
): string {
  const sumsUsed = /\b(workgroup|shared)_sum\b/.test(source);
  const sum = sumsUsed ? sums[subgroups ? 'subgroups' : 'workgroup'] : '';
  const all = { ...constants, LEAST_SUBGROUP: subgroups };
  const used = Object.entries(all).filter(([name]) =>
    new RegExp(`\\b${name}\\b`).test(sum + source),
  );
  const lines = used.map(([name, value]) => {
    return `const ${name} = ${value}${typeof value === 'number' ? 'u' : ''};\n`;
  });
  const enable = subgroups && sumsUsed ? 'enable subgroups;\n' : '';
  return enable + lines.join('') + laneSources[lanes] + sum + withBuiltins(source, subgroups > 0);
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
  return { ...source, pipeline, layout: pipeline.getBindGroupLayout(0) };
}
