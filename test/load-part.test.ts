import { expect, it } from 'vitest';
import { loadPart } from '../src/load-part.ts';
import { expectCode } from './lib/expect-code.ts';

it('gives the part', async () => {
  const part = { answer: 42 };
  expect(await loadPart('createLosses', 'the plain losses', async () => part)).toBe(part);
});

it('a part that cannot be loaded is a BackendError, and says which and why', async () => {
  const refused = async () => {
    throw new TypeError('import() is disallowed on ServiceWorkerGlobalScope');
  };
  await expectCode(
    'MODULE_LOAD',
    () => loadPart('createLosses', 'the plain losses', refused),
    /^createLosses: cannot load the plain losses: TypeError: import\(\) is disallowed/,
  );
});
