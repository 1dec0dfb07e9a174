import Table from 'cli-table3';

/** @import { DetectionValue, Tensor } from 'detloss' */
/** @import { MatchedTarget } from './match-targets.mjs' */
/** @import { Expected } from './read-case.mjs' */

/**
 * Prints the loss items and their total beside the expected values.
 *
 * @param {DetectionValue} value
 * @param {Expected} expected
 * @param {number} images in the batch
 */
export function printLoss({ total, items }, expected, images) {
  const rows = /** @type {const} */ (['box', 'cls', 'dfl']).map((name) => [
    name,
    ...compare(items[name], expected[name]),
  ]);
  rows.push([`total = ${images} images × sum`, ...compare(total, expected.total)]);
  printTable(['loss', '>value', '>expected', '>rel. difference'], rows);
}

/**
 * Prints the L2 norm of each level's gradient beside the expected one.
 *
 * @param {readonly Tensor[]} grads
 * @param {Expected} expected
 * @param {readonly number[]} strides
 */
export function printGradients(grads, expected, strides) {
  const rows = grads.map(({ data, shape }, l) => {
    const norm = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0));
    return [`stride ${strides[l]}`, shape.join(' × '), ...compare(norm, expected.grads[l].l2)];
  });
  printTable(['gradient', 'shape', '>L2 norm', '>expected', '>rel. difference'], rows);
}

/**
 * Prints for each target the number of its anchors, their scores and their levels.
 *
 * @param {readonly MatchedTarget[]} targets
 * @param {Record<number, string>} classNames
 */
export function printTargets(targets, classNames) {
  const rows = targets.map(({ image, index, cls, left, top, width, height, positives }) => {
    const strides = new Set(positives.map(({ stride }) => stride));
    const scores = positives.map(({ score }) => score);
    return [
      `${image}`,
      `${index} ${classNames[cls]}`,
      `${left.toFixed(0)}, ${top.toFixed(0)}`,
      `${width.toFixed(0)} × ${height.toFixed(0)}`,
      `${positives.length}`,
      scores.length > 0 ? Math.max(...scores).toFixed(3) : '–',
      [...strides].sort((a, b) => a - b).join(', ') || 'unassigned',
    ];
  });
  const box = ['>left, top', '>size (px)'];
  printTable(['image', 'target', ...box, '>positives', '>best score', 'strides'], rows);
}

/** @param {number} value @param {number} expected */
function compare(value, expected) {
  const difference = Math.abs(value - expected) / Math.abs(expected);
  return [value.toFixed(4), expected.toFixed(4), difference.toExponential(0)];
}

/**
 * @param {string[]} head a leading > aligns the column to the right
 * @param {string[][]} rows
 */
function printTable(head, rows) {
  const table = new Table({
    head: head.map((title) => title.replace('>', '')),
    colAligns: head.map((title) => (title.startsWith('>') ? 'right' : 'left')),
    style: { head: [], border: [], compact: true },
  });
  table.push(...rows);
  console.log(`${table}\n`);
}
