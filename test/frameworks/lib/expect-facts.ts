import { expect } from 'vitest';

/** Relative, of a total and of gradients (L2): float32 sums of the frameworks, and the WebGPU backend's own bound. */
const FLOAT32 = 1e-6;
const WEBGPU = 2e-5;

export interface TfjsFacts {
  atOnce?: {
    isUntaped: boolean;
    items: string[];
    own: number;
    mixed: number;
    moved: number;
    tensors: number[];
  };
  dual?: number;
  later: {
    total: number;
    own: number;
    chain: number;
    passes: number;
    tensors: number[];
    failure: string;
    unused: boolean;
    left: number;
  };
  traffic?: Traffic;
}

interface Traffic {
  dense: number;
  up: number;
  down: number;
}

export interface JaxFacts {
  total: number;
  own: number;
  chain: number;
  failure: string;
  references: number[];
  traffic: Traffic;
}

export interface OrtFacts {
  location: string;
  isInPlace: boolean;
  error: number;
  disposed: string;
}

/** The synchronous loss: the criterion's own bits, and no tensor left behind. */
export function expectAtOnce({ atOnce, dual }: TfjsFacts): void {
  expect(atOnce).toMatchObject({ isUntaped: true, items: ['box', 'cls', 'dfl'], own: 0 });
  expect(atOnce?.mixed).toBeLessThanOrEqual(FLOAT32);
  expect(atOnce?.tensors).toHaveLength(1);
  expect(atOnce?.moved).toBeLessThanOrEqual(FLOAT32);
  expect(dual).toBe(0);
}

/** The asynchronous one: one forward pass a call, and nothing left behind, also after errors. */
export function expectLater({ later }: TfjsFacts, onGpu: boolean): void {
  const bound = onGpu ? WEBGPU : 0;
  expect(later.total).toBeLessThanOrEqual(bound);
  expect(later.own).toBeLessThanOrEqual(bound);
  expect(later.chain).toBeLessThanOrEqual(onGpu ? WEBGPU : FLOAT32);
  expect(later).toMatchObject({ passes: 1, failure: 'TARGET_CLASS', unused: true, left: 0 });
  expect(later.tensors).toHaveLength(1);
}

export function expectJax(facts: JaxFacts, onGpu: boolean): void {
  const bound = onGpu ? WEBGPU : 0;
  expect(facts.total).toBeLessThanOrEqual(bound);
  expect(facts.own).toBeLessThanOrEqual(bound);
  expect(facts.chain).toBeLessThanOrEqual(onGpu ? WEBGPU : FLOAT32);
  expect(facts).toMatchObject({ failure: 'TARGET_CLASS', references: [1, 1, 1] });
}

/** What comes down are the candidates' metrics and the sums, what goes up is targets and uniforms. */
export function expectOnDevice({ dense, up, down }: Traffic): void {
  expect(up + down).toBeLessThan(dense / 2);
  expect(down).toBeGreaterThan(0);
}

export function expectOrt(facts: OrtFacts, onGpu: boolean): void {
  const location = onGpu ? 'gpu-buffer' : 'cpu';
  expect(facts).toMatchObject({ location, isInPlace: true, disposed: 'TENSOR_TYPE' });
  expect(facts.error).toBeLessThanOrEqual(onGpu ? WEBGPU : 0);
}
