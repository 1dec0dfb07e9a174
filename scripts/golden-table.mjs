import Table from 'cli-table3';

/**
 * @typedef {import('../test/lib/golden-errors.ts').GoldenErrors} GoldenErrors
 *
 * @typedef {{ suite: string, goldens: GoldenErrors[] }} SuiteGoldens
 */

/**
 * Table of the largest errors against the goldens, with one row per loss and backend and one column per suite: errors of
 * numbers (total, items, values), and L2 errors of arrays (gradients, scores), relative to float64. A suite that tried no golden
 * has an empty cell.
 *
 * @param {SuiteGoldens[]} outcomes
 */
export function goldenTable(outcomes) {
  /** @type {Map<string, Map<string, GoldenErrors>>} */
  const rows = new Map();
  for (const { suite, goldens } of outcomes) {
    for (const golden of goldens) {
      const key = JSON.stringify([golden.subject, golden.backend]);
      const row = rows.get(key) ?? new Map();
      rows.set(key, row.set(suite, largerOf(golden, row.get(suite))));
    }
  }
  if (rows.size === 0) return '';
  const suites = outcomes.filter(({ goldens }) => goldens.length > 0).map(({ suite }) => suite);
  const table = new Table({
    head: ['goldens: worst number · array', 'backend', ...suites],
    style: { head: [], border: [], compact: true },
  });
  for (const [key, row] of [...rows].sort()) {
    table.push([...JSON.parse(key), ...suites.map((suite) => cell(row.get(suite)))]);
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
