import { describe, it } from 'vitest';
import type { ErrorCode } from '../../src/index.ts';
import { expectClose } from './compare.ts';
import { expectCode } from './expect-code.ts';
import { lossBackends, useLosses } from './loss-backends.ts';
import type { LossName } from './loss-cases.ts';

/** A call with a wrong argument, and the error that it gets. */
export type Wrong = [
  loss: LossName,
  input: unknown,
  target: unknown,
  options: object | undefined,
  code: ErrorCode,
  message: RegExp,
];

export const floats = (...shape: number[]) => ({
  data: new Float32Array(shape.reduce((product, n) => product * n, 1)).fill(0.5),
  shape,
});
export const indices = (...data: number[]) => ({ data, shape: [data.length] });

/** A backend. One is enough for errors: arguments are checked before a backend sees them. */
export const oneBackend = lossBackends.slice(0, 1);

/** Defines tests of wrong calls: each gets its error, and the next call is right. */
export function testWrong(wrong: readonly Wrong[]): void {
  describe.each(oneBackend)('$name: errors', ({ config }) => {
    const named = useLosses(config);

    it.each(wrong)(
      '%s of wrong arguments: %#',
      async (name, input, target, options, code, message) => {
        const call = () => named(name)(input, target, options as object);
        await expectCode(code, call, message);
        const [x, y] = [floats(2), { ...floats(2), data: new Float32Array(2) }];
        const { value } = await named('mse')(x, y);
        expectClose('the next call', value as number, 0.25, 1e-15);
      },
    );
  });
}
