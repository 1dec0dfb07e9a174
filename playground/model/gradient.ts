import { computed } from '@preact/signals';
import { indexOf, type Level, readHead } from '../../src/reference/levels.ts';
import { options } from './head.ts';
import { evaluation, image } from './state.ts';

/** L2 norm of each level's gradient, over the whole batch. */
export const levelNorms = computed(() =>
  (evaluation.value?.grads ?? []).map(({ data }) => {
    let sum = 0;
    for (let i = 0; i < data.length; i++) sum += data[i] * data[i];
    return Math.sqrt(sum);
  }),
);

/** How strongly the loss pulls at each cell of a level: L2 norm over its channels. */
export interface CellNorms {
  width: number;
  height: number;
  /** [H, W] */
  norms: Float32Array;
}

/** Of the image in view, one a level. */
export const cellNorms = computed((): CellNorms[] => {
  const [evaluated, resolved] = [evaluation.value, options.value];
  if (!evaluated || !resolved) return [];
  // Gradients have the structure of the predictions
  const { levels, regMax, numClasses } = readHead(evaluated.grads, resolved);
  return levels.map((level) => normsOf(level, 4 * regMax + numClasses));
});

function normsOf(level: Level, channels: number): CellNorms {
  const { width, height, data } = level;
  const norms = new Float32Array(width * height);
  for (let channel = 0; channel < channels; channel++) {
    for (let cell = 0; cell < norms.length; cell++) {
      norms[cell] += data[indexOf(level, image.value, channel, cell)] ** 2;
    }
  }
  return { width, height, norms: norms.map(Math.sqrt) };
}
