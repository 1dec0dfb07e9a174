import { type Golden26, loadGolden26 } from '../golden-26.ts';
import { loadTaskGolden, type TaskGolden } from '../task-golden.ts';
import type { Golden } from './task.ts';

/**
 * A golden of a task that is detection and more.
 *
 * @param items their names; those that the fixture lacks are 0
 * @param extra names of the predictions beside the levels, as in the fixture
 * @param optionsOf what the task adds to detection's options
 */
export function goldenOf(
  name: string,
  items: readonly string[],
  extra: readonly string[],
  changes: { options?(golden: TaskGolden): object; targets?(golden: TaskGolden): object } = {},
): { name: string; load(): Promise<Golden> } {
  return {
    name,
    async load() {
      const golden = await loadTaskGolden(name);
      const { expected } = golden;
      const entries = extra.map((key) => [key, golden.tensor(key)]);
      const tensors = [
        ...golden.levels('grads'),
        ...extra.map((key) => golden.tensor(`grads.${key}`)),
      ];
      return {
        options: { ...golden.options, ...changes.options?.(golden) },
        predictions: { feats: golden.levels('feats'), ...Object.fromEntries(entries) },
        targets: { ...golden.targets, ...changes.targets?.(golden) },
        expected: {
          total: expected.total,
          items: Object.fromEntries(items.map((item) => [item, expected[item] ?? 0])),
          grads: tensors.map(({ data }) => data),
        },
        assigned: golden.assigned,
      };
    },
  };
}

/** A golden of Ultralytics 8.4, likewise. */
export function golden26Of(
  name: string,
  items: readonly string[],
  extra: readonly string[],
  changes: { options?(golden: Golden26): object; targets?(golden: Golden26): object } = {},
): { name: string; load(): Promise<Golden> } {
  return {
    name,
    async load() {
      const golden = await loadGolden26(name);
      const { expected, options, config } = golden;
      const { topk, topk2 } = config;
      const entries = extra.map((key) => [key, golden.tensor(key)]);
      const tensors = [
        ...golden.levels('grads'),
        ...extra.map((key) => golden.tensor(`grads.${key}`)),
      ];
      return {
        options: {
          ...options,
          assigner: { ...options.assigner, topk, topk2 },
          ...changes.options?.(golden),
        },
        predictions: { feats: golden.levels('feats'), ...Object.fromEntries(entries) },
        targets: { ...golden.targets(), ...changes.targets?.(golden) },
        expected: {
          total: expected.total,
          items: Object.fromEntries(items.map((item) => [item, expected[item]])),
          grads: tensors.map(({ data }) => data),
        },
        assigned: golden.assigned(),
      };
    },
  };
}
