import type { LossBackend } from '../backend/loss-backend.ts';
import { DetlossError } from '../errors.ts';
import type { Losses, LossName } from '../loss-types.ts';
import { run, Waits } from '../stages.ts';
import { sizeOf, validateShape } from '../validate/shape.ts';
import { evaluate } from './evaluate.ts';
import { LOSSES } from './table.ts';

/** Creates the plain losses on a backend, which `dispose` ends. */
export function lossesOn(backend: LossBackend): Losses {
  const waits = new Waits();
  let current: LossBackend | null = backend;
  const live = (action: string) => {
    if (current) return current;
    throw disposed(action);
  };
  const methods = Object.entries(LOSSES).map(([name, loss]) => {
    const method = async (input: unknown, target: unknown, options: unknown) =>
      run(name, evaluate(live(name), name, loss, input, target, options), waits);
    return [name, method];
  });
  const dispose = () => {
    current?.dispose();
    current = null;
    waits.fail(disposed);
  };
  return {
    ...(Object.fromEntries(methods) as Pick<Losses, LossName>),
    backend: backend.name,
    backendReason: backend.reason,
    get threads() {
      return current?.threads ?? 1;
    },
    get threadsReason() {
      return current?.threadsReason ?? 'the losses are disposed';
    },
    allocate(shape) {
      const owner = live('allocate');
      const sizes = validateShape('allocate: shape', shape);
      return { data: owner.allocate(sizeOf(sizes)), shape: sizes };
    },
    dispose,
    [Symbol.dispose]: dispose,
  };
}

function disposed(action: string): DetlossError {
  return new DetlossError('DISPOSED', `${action}: needs live losses, these are disposed`);
}
