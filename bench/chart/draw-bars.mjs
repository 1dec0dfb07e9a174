import { parse, View } from 'vega';
import { FONT, COLORS as THEME, withDarkColors } from '../../examples/train/lib/svg-theme.mjs';

/**
 * @typedef {object} Bar
 * @property {string} name
 * @property {number} length
 * @property {string} label text at the end of the bar
 * @property {boolean} isOurs
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} subtitle
 * @property {Bar[]} bars
 */

/** Sizes in pixels; a row holds name, bar and label. */
const NAMES_WIDTH = 310;
const BARS_WIDTH = 270;
const LABELS_WIDTH = 230;
const ROW_HEIGHT = 27;
const BAR_HEIGHT = 17;
const HEADER_HEIGHT = 58;
const MARGIN = 28;
const GAP = 26;
const COLORS = {
  ...THEME,
  ours: { light: '#0969da', dark: '#4493f8' },
  others: { light: '#c3cad2', dark: '#484f58' },
};

/**
 * Draws panels of horizontal bars as an SVG for light and dark pages.
 *
 * @param {Panel[]} panels
 * @returns {Promise<string>}
 */
export async function drawBars(panels) {
  let top = MARGIN;
  const marks = panels.map((panel) => {
    const group = drawPanel(panel, top);
    top += HEADER_HEIGHT + panel.bars.length * ROW_HEIGHT + GAP;
    return group;
  });
  const spec = {
    width: 2 * MARGIN + NAMES_WIDTH + BARS_WIDTH + LABELS_WIDTH,
    height: top - GAP + MARGIN,
    // Without a canvas, Vega can only guess the width of text
    autosize: 'none',
    background: COLORS.background.light,
    marks,
  };
  const view = new View(parse(/** @type {any} */ (spec)), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return withDarkColors(svg, COLORS);
}

/**
 * @param {Panel} panel
 * @param {number} top
 */
function drawPanel({ title, subtitle, bars }, top) {
  const { text, muted, ours, others } = COLORS;
  const middle = { scale: 'row', field: 'name', band: 0.5 };
  const color = [{ test: 'datum.isOurs', value: ours.light }, { value: others.light }];
  return {
    type: 'group',
    encode: { enter: { x: { value: MARGIN }, y: { value: top } } },
    data: [{ name: 'bars', values: bars }],
    scales: [
      {
        name: 'row',
        type: 'band',
        domain: bars.map(({ name }) => name),
        range: [HEADER_HEIGHT, HEADER_HEIGHT + bars.length * ROW_HEIGHT],
      },
      {
        name: 'length',
        type: 'linear',
        domain: [0, Math.max(...bars.map(({ length }) => length))],
        range: [NAMES_WIDTH, NAMES_WIDTH + BARS_WIDTH],
      },
    ],
    marks: [
      write({ value: 0 }, { value: 14 }, { value: title }, text.light, 16, 'bold'),
      write({ value: 0 }, { value: 36 }, { value: subtitle }, muted.light, 12.5),
      write({ value: 0 }, middle, { field: 'name' }, text.light, 13),
      {
        type: 'rect',
        from: { data: 'bars' },
        encode: {
          enter: {
            x: { scale: 'length', value: 0 },
            x2: { scale: 'length', field: 'length' },
            yc: middle,
            height: { value: BAR_HEIGHT },
            cornerRadius: { value: 2 },
            fill: color,
          },
        },
      },
      write(
        { scale: 'length', field: 'length', offset: 9 },
        middle,
        { field: 'label' },
        text.light,
        13,
      ),
    ],
  };
}

/**
 * Marks one text or, if a field is named, one text per bar.
 *
 * @param {object} x
 * @param {object} y
 * @param {{ value: string } | { field: string }} text
 * @param {string} color
 * @param {number} size
 * @param {'normal' | 'bold'} [weight]
 */
function write(x, y, text, color, size, weight = 'normal') {
  return {
    type: 'text',
    ...('field' in text && { from: { data: 'bars' } }),
    encode: {
      enter: {
        x,
        y,
        text,
        fill: { value: color },
        font: { value: FONT },
        fontSize: { value: size },
        fontWeight: { value: weight },
        baseline: { value: 'middle' },
      },
    },
  };
}
