import Table from 'cli-table3';

/**
 * @typedef {import('../test/lib/golden-errors.ts').GoldenErrors} GoldenErrors
 *
 * @typedef {{ runtime: string, goldens: GoldenErrors[] }} RuntimeGoldens
 */

/**
 * The largest errors that goldens were met with, a row a loss and backend, a column a runtime: of numbers (total, items,
 * values), and of arrays (gradients, scores), in L2; relative to float64. Empty where no golden was tried.
 *
 * @param {RuntimeGoldens[]} outcomes
 */
export function goldenTable(outcomes) {
  /** @type {Map<string, Map<string, GoldenErrors>>} */
  const rows = new Map();
  for (const { runtime, goldens } of outcomes) {
    for (const golden of goldens) {
      const key = JSON.stringify([golden.subject, golden.backend]);
      const row = rows.get(key) ?? new Map();
      rows.set(key, row.set(runtime, largerOf(golden, row.get(runtime))));
    }
  }
  if (rows.size === 0) return '';
  const runtimes = outcomes.map(({ runtime }) => runtime);
  const table = new Table({
    head: ['goldens: worst number · array', 'backend', ...runtimes],
    style: { head: [], border: [], compact: true },
  });
  for (const [key, row] of [...rows].sort()) {
    table.push([...JSON.parse(key), ...runtimes.map((runtime) => cell(row.get(runtime)))]);
  }
  return `${table}\n`;
}

/**
 * @param {GoldenErrors} a
 * @param {GoldenErrors} [b]
 */
function largerOf(a, b) {
  if (!b) return a;
  return { ...a, number: Math.max(a.number, b.number), array: Math.max(a.array, b.array) };
}

/** @param {GoldenErrors} [errors] */
function cell(errors) {
  if (!errors) return '';
  return `${errors.number.toExponential(1)} · ${errors.array.toExponential(1)}`;
}
