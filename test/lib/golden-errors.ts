import { beforeEach, TestRunner } from 'vitest';

/** The largest relative errors of a test: of its numbers, and of its arrays (L2). */
export interface GoldenErrors {
  subject: string;
  backend: string;
  number: number;
  array: number;
}

declare module 'vitest' {
  interface TaskMeta {
    golden?: GoldenErrors;
  }
}

/** Has the tests of a suite of goldens note their errors, which `npm test` sums up in a table. */
export function noteGoldenErrors(subject: string, backend: string): void {
  beforeEach(({ task }) => {
    task.meta.golden = { subject, backend, number: 0, array: 0 };
  });
}

/** Notes an error where the test that runs is one of a golden. */
export function noteError(kind: 'number' | 'array', error: number): void {
  const golden = TestRunner.getCurrentTest()?.meta.golden;
  if (golden) golden[kind] = Math.max(golden[kind], error);
}
