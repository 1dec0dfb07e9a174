import { assignmentOf } from '../backend/assign/positives.ts';
import { formOf } from '../validate/form.ts';
import { assignHeads, headLosses } from './head-losses.ts';
import { type HeadParts, type HeadsTypes, type HeadTask, headOf } from './head-task.ts';
import type { AssigningTask } from './task.ts';

/** The loss of a detector with one head. */
export function oneHead<T extends HeadsTypes>(task: HeadTask): AssigningTask<T> {
  const form = formOfHead<T['grads']>(task.parts);
  return {
    form,

    validate(action, given, targets, takesBuffers) {
      const read = task.read(action, '', given, given as object, takesBuffers);
      const truth = task.readTargets(action, targets, read);
      return {
        heads: [headOf(task, read, truth, 1)],
        tensors: [...read.own, ...read.shared],
        form: read.parts === task.parts ? form : formOfHead(read.parts),
        truth: truth.truth,
      } as T['inputs'];
    },

    *assign({ on }, { heads }) {
      const [positives] = yield* assignHeads(on, heads);
      return assignmentOf(positives) as T['assignment'];
    },

    *loss(call, { heads }) {
      const [{ total, items, positives }] = yield* headLosses(call, heads);
      return { total, items, assignment: assignmentOf(positives) } as T['value'];
    },
  };
}

function formOfHead<Nested>({ own, shared }: HeadParts) {
  return typeof own === 'number'
    ? formOf<Nested>(own, 'feats')
    : formOf<Nested>({ ...own, ...shared });
}
