import type { Struct } from './struct.ts';

/** Stretch of a buffer that a pass is handed, in bytes. */
export interface Binding {
  buffer: GPUBuffer;
  offset: number;
  size: number;
}

/** Uniforms and bindings of passes, by their names. */
export type PassTypes<Name extends PropertyKey> = Record<
  Name,
  { uniforms: object; bindings: object }
>;

/** A pass, as its shader declares it. */
export interface Pass<Uniforms extends object = never> {
  /** WGSL, in parts. */
  readonly code: readonly string[];
  /** Number of threads of a workgroup. */
  readonly workgroup: number;
  readonly uniforms: Struct<Uniforms>;
  /** Names of the bindings behind the uniforms, in order. */
  readonly bindings: string;
  /** Constants that tell the pass apart from others of its shader. */
  readonly constants?: Readonly<Record<string, boolean>>;
  /** Whether the pass can take four elements at a time. */
  readonly inFours?: boolean;
}

export type PassTable<Types extends PassTypes<keyof Types>> = {
  readonly [Name in keyof Types]: Pass<Types[Name]['uniforms']>;
};
