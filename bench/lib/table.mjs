import Table from 'cli-table3';

/**
 * Result of a benchmark. It is printed, written to bench/results/, and from there to README.md and docs/speed.md.
 *
 * @typedef {object} Finding
 * @property {string} title
 * @property {string} [subject] problem that was measured
 * @property {Column[]} columns
 * @property {Row[]} rows
 * @property {string[]} notes meaning of the figures
 * @property {{ what: string, reason: string }[]} [missing] measurements that were not possible, with reasons
 *
 * @typedef {object} Column
 * @property {string} key of the rows' entries
 * @property {string} label
 * @property {number} [digits] digits after the point; without it, the entry is text
 * @property {boolean} [scientific] as 1.2e-3
 *
 * @typedef {Record<string, string | number | null>} Row null: unknown
 */

/** @param {Finding} finding */
export function printFinding({ title, subject, columns, rows, notes, missing = [] }) {
  const table = new Table({
    head: columns.map(({ label }) => label),
    colAligns: columns.map(({ digits }) => (digits === undefined ? 'left' : 'right')),
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) table.push(columns.map((column) => formatCell(row, column)));
  console.log(`\n${subject ? `${title}: ${subject}` : title}\n${table}`);
  for (const note of notes) console.log(`  ${note}`);
  for (const { what, reason } of missing) console.log(`  ${what} is missing: ${reason}`);
}

/**
 * @param {Row} row
 * @param {Column} column
 */
export function formatCell(row, { key, digits = 0, scientific = false }) {
  const value = row[key] ?? '–';
  if (typeof value === 'string') return value;
  return scientific ? value.toExponential(digits) : formatNumber(value, digits);
}

/**
 * @param {number} value
 * @param {number} digits after the point
 */
export function formatNumber(value, digits) {
  return value.toLocaleString('en-US', {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}
