import type { Evaluation } from './evaluate.ts';

/** Losses after each step of the descent, one column per curve. */
export interface Curves {
  step: readonly number[];
  total: readonly number[];
  box: readonly number[];
  cls: readonly number[];
  dfl: readonly number[];
}

export const NO_CURVES: Curves = { step: [], total: [], box: [], cls: [], dfl: [] };

/** Adds the losses after one more step. */
export function extend(curves: Curves, { total, items: { box, cls, dfl } }: Evaluation): Curves {
  return {
    step: [...curves.step, curves.step.length],
    total: [...curves.total, total],
    box: [...curves.box, box],
    cls: [...curves.cls, cls],
    dfl: [...curves.dfl, dfl],
  };
}
