import Table from 'cli-table3';

/**
 * What a question found out. Goes to the screen, to bench/results/ and from there into README.md.
 *
 * @typedef {object} Finding
 * @property {string} title
 * @property {string} [subject] what it was measured on
 * @property {Column[]} columns
 * @property {Row[]} rows
 * @property {string[]} notes what the figures mean
 * @property {{ what: string, reason: string }[]} [missing] what could not be measured
 *
 * @typedef {object} Column
 * @property {string} key of the rows' entries
 * @property {string} label
 * @property {number} [digits] after the point; none: text
 * @property {boolean} [scientific] as 1.2e-3
 *
 * @typedef {Record<string, string | number | null>} Row null: not known
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
