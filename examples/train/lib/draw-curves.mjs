import { parse, View } from 'vega';
import { FONT, COLORS as THEME, withDarkColors } from './svg-theme.mjs';

/**
 * @typedef {{ name: string, color: keyof typeof COLORS, values: number[] }} Curve values: one per epoch
 * @typedef {{ title: string, subtitle: string, top: number, curves: Curve[] }} Panel top: largest value of its axis
 */

/** Sizes in pixels. */
const PLOT = { width: 330, height: 210 };
const MARGIN = { left: 58, top: 84, right: 132, bottom: 54 };
const LABEL_HEIGHT = 15;

const COLORS = {
  ...THEME,
  grid: { light: '#d1d9e0', dark: '#30363d' },
  blue: { light: '#0969da', dark: '#4493f8' },
  orange: { light: '#bc4c00', dark: '#f0883e' },
  purple: { light: '#8250df', dark: '#ab7df8' },
};

/**
 * Draws panels of curves over epochs, side by side, as SVG for light and dark pages.
 *
 * @param {Panel[]} panels
 * @returns {Promise<string>}
 */
export async function drawCurves(panels) {
  const width = MARGIN.left + PLOT.width + MARGIN.right;
  const spec = {
    width: panels.length * width,
    height: MARGIN.top + PLOT.height + MARGIN.bottom,
    // Without a canvas, Vega can only guess the width of text
    autosize: 'none',
    background: COLORS.background.light,
    config: { axis: axisStyle() },
    marks: panels.map((panel, i) => drawPanel(panel, i * width + MARGIN.left)),
  };
  const view = new View(parse(/** @type {any} */ (spec)), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return withDarkColors(svg, COLORS);
}

/**
 * @param {Panel} panel
 * @param {number} left
 */
function drawPanel({ title, subtitle, top, curves }, left) {
  const epochs = Math.max(...curves.map(({ values }) => values.length));
  const colorOf = (/** @type {Curve} */ { color }) => COLORS[color].light;
  const points = curves.flatMap((curve) =>
    curve.values.map((value, i) => ({ name: curve.name, color: colorOf(curve), x: i + 1, value })),
  );
  const place = { x: { scale: 'epoch', field: 'x' }, y: { scale: 'value', field: 'value' } };
  const line = { ...place, stroke: { field: 'color' }, strokeWidth: { value: 2.5 } };
  return {
    type: 'group',
    encode: {
      enter: {
        x: { value: left },
        y: { value: MARGIN.top },
        width: { value: PLOT.width },
        height: { value: PLOT.height },
      },
    },
    data: [
      { name: 'points', values: points },
      { name: 'ends', values: placeLabels(curves, top).map((end) => ({ ...end, x: epochs })) },
    ],
    scales: [
      {
        name: 'epoch',
        type: 'linear',
        zero: false,
        domain: [1, Math.max(epochs, 2)],
        range: [0, PLOT.width],
      },
      { name: 'value', type: 'linear', domain: [0, top], range: [PLOT.height, 0] },
    ],
    axes: [
      {
        scale: 'value',
        orient: 'left',
        grid: true,
        gridScale: 'epoch',
        tickCount: 5,
        domain: false,
        ticks: false,
        labelPadding: 6,
      },
      { scale: 'epoch', orient: 'bottom', title: 'epoch', tickCount: 8, format: 'd' },
    ],
    marks: [
      write({ text: { value: title }, y: { value: -54 }, size: 16, weight: 'bold' }),
      write({ text: { value: subtitle }, y: { value: -32 }, size: 12.5, color: 'muted' }),
      {
        type: 'group',
        from: { facet: { name: 'curve', data: 'points', groupby: 'name' } },
        marks: [{ type: 'line', from: { data: 'curve' }, encode: { enter: line } }],
      },
      {
        type: 'text',
        from: { data: 'ends' },
        encode: {
          enter: {
            x: { scale: 'epoch', field: 'x', offset: 10 },
            y: { field: 'y' },
            text: { field: 'text' },
            fill: { field: 'color' },
            font: { value: FONT },
            fontSize: { value: 12.5 },
            fontWeight: { value: 'bold' },
            baseline: { value: 'middle' },
          },
        },
      },
    ],
  };
}

/**
 * Places labels at the ends of the curves so that none covers another.
 *
 * @param {Curve[]} curves
 * @param {number} top of the axis
 */
function placeLabels(curves, top) {
  const ends = curves.map(({ name, color, values }) => {
    const last = values.at(-1) ?? 0;
    const text = `${name} ${last.toFixed(3)}`;
    return { y: PLOT.height * (1 - last / top), text, color: COLORS[color].light };
  });
  ends.sort((a, b) => b.y - a.y);
  for (let i = 1; i < ends.length; i++) {
    ends[i].y = Math.min(ends[i].y, ends[i - 1].y - LABEL_HEIGHT);
  }
  return ends;
}

/**
 * @param {{ text: object, y: object, size: number, weight?: string, color?: keyof typeof COLORS }} line
 */
function write({ text, y, size, weight = 'normal', color = 'text' }) {
  return {
    type: 'text',
    encode: {
      enter: {
        x: { value: 0 },
        y,
        text,
        fill: { value: COLORS[color].light },
        font: { value: FONT },
        fontSize: { value: size },
        fontWeight: { value: weight },
        baseline: { value: 'middle' },
      },
    },
  };
}

function axisStyle() {
  const muted = COLORS.muted.light;
  const grid = COLORS.grid.light;
  return {
    gridColor: grid,
    domainColor: grid,
    tickColor: grid,
    labelColor: muted,
    titleColor: muted,
    labelFont: FONT,
    titleFont: FONT,
    labelFontSize: 12,
    titleFontSize: 12,
    titleFontWeight: 'normal',
  };
}
