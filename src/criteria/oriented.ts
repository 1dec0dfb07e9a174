import { ROTATED } from '../backend/assign/rotated.ts';
import type {
  OrientedGrads,
  OrientedPredictions,
  OrientedTargets,
  OrientedValue,
} from '../task-types.ts';
import type { Assignment } from '../types.ts';
import { partName, readParts } from '../validate/form.ts';
import { keepLearnable } from '../validate/keep-learnable.ts';
import type { OrientedOptions } from '../validate/oriented-options.ts';
import { validatePredictions } from '../validate/predictions.ts';
import { readSized } from '../validate/sized.ts';
import { validateTargets } from '../validate/targets.ts';
import type { HeadsTypes, HeadTask } from './head-task.ts';
import { oneHead } from './one-head.ts';

export { parseOrientedOptions } from '../validate/oriented-options.ts';

interface OrientedTypes extends HeadsTypes {
  predictions: OrientedPredictions<this['data']>;
  targets: OrientedTargets;
  value: OrientedValue;
  grads: OrientedGrads<this['data']>;
  assignment: Assignment;
}

/** Detection loss of rotated boxes, compared by ProbIoU, and the loss of their angles. */
export function orientedHead(options: OrientedOptions): HeadTask {
  const { strides, checkFinite, smallestSide } = options;
  const parts = { own: { feats: strides.length, angles: null }, shared: {} };
  return {
    options,
    parts,

    read(action, head, given, _, takesBuffers) {
      const own = readParts(`${action}: ${head || 'predictions'}`, given, ['feats', 'angles']);
      const ofLevels = partName(head, 'feats');
      const upright = validatePredictions(action, ofLevels, own.feats, options, takesBuffers);
      const { batch, anchors, levels } = upright;
      const name = partName(head, 'angles');
      const angles = readSized(
        `${action}: ${name}`,
        own.angles,
        [
          ['B', batch],
          ['1', 1],
          ['A', anchors],
        ],
        checkFinite,
        takesBuffers,
      );
      const others = [{ name, ...angles }];
      const boxes = { geometry: ROTATED, boxTensors: [angles.data] };
      const predictions = { ...upright, ...boxes, others };
      return { predictions, parts, own: [...levels, angles], shared: [] };
    },

    readTargets(action, given, { predictions }) {
      const targets = validateTargets(action, given as OrientedTargets, predictions);
      return { targets: keepLearnable(targets, predictions, smallestSide) };
    },

    items: (items) => items,
  };
}

export function orientedTask(options: OrientedOptions) {
  return oneHead<OrientedTypes>(orientedHead(options));
}
