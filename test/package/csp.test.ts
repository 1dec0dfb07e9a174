import { describe, expect, it } from 'vitest';
import { relativeError } from '../lib/compare.ts';
import { useVisitor } from './lib/use-visitor.ts';
import { visit } from './lib/visit.ts';

// connect-src is for problem.json and a fetched binary; neither policy has 'unsafe-eval' or blob:
const NO_WASM = "default-src 'none'; script-src 'self'; connect-src 'self'";
const WASM = NO_WASM.replace("script-src 'self'", "script-src 'self' 'wasm-unsafe-eval'");
const policy = (csp: string) => ({ 'Content-Security-Policy': csp });
/** Relative error of the total against the golden. */
const BOUND = 2e-6;

const visitor = useVisitor();

describe.each([
  ['embedded', 'strict.html'],
  ['fetched', 'strict.html?wasm=detloss.wasm'],
  ['embedded, in a worker', 'strict.html?worker'],
  ['fetched, in a worker', 'strict.html?worker&wasm=detloss.wasm'],
])('createDetectionLoss under a strict CSP, binary %s', (_, page) => {
  it("works with 'wasm-unsafe-eval', nothing on the console", async () => {
    const visited = await visit(
      visitor.browser,
      visitor.consumer.folder,
      `page/${page}`,
      policy(WASM),
    );
    expect(visited).toMatchObject({ complaints: [], uncaught: [] });
    const { total } = visited.outcome as { total: number };
    expect(relativeError(total, visitor.consumer.total)).toBeLessThanOrEqual(BOUND);
  });

  it("rejects with WASM_LOAD without 'wasm-unsafe-eval', nothing left uncaught", async () => {
    const visited = await visit(
      visitor.browser,
      visitor.consumer.folder,
      `page/${page}`,
      policy(NO_WASM),
    );
    expect(visited.outcome).toEqual({ error: 'BackendError', code: 'WASM_LOAD' });
    expect(visited.uncaught).toEqual([]);
    expect(visited.complaints.filter((text) => !/Content Security Policy/.test(text))).toEqual([]);
  });
});
