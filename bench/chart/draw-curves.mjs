import { parse, View } from 'vega';
import { FONT, COLORS as THEME, withDarkColors } from '../../examples/train/lib/svg-theme.mjs';

/** Sizes in pixels; a panel holds title, curve and axis. */
const WIDTH = 640;
const CURVE_HEIGHT = 90;
const HEADER_HEIGHT = 30;
const PANEL_HEIGHT = HEADER_HEIGHT + CURVE_HEIGHT + 34;
const AXIS_WIDTH = 56;
const MARGIN = 28;
const COLORS = { ...THEME, curve: { light: '#0969da', dark: '#4493f8' } };

/**
 * Draws curves over the number of calls, one below the other and each from 0, as an SVG for light and dark pages.
 *
 * @param {{ key: string, title: string }[]} curves
 * @param {Record<string, number>[]} rows with `calls` and a number for each key
 * @returns {Promise<string>}
 */
export async function drawCurves(curves, rows) {
  const spec = {
    width: WIDTH,
    height: 2 * MARGIN + curves.length * PANEL_HEIGHT,
    autosize: 'none',
    background: COLORS.background.light,
    data: [{ name: 'rows', values: rows }],
    scales: [
      {
        name: 'calls',
        type: 'linear',
        domain: [0, Math.max(...rows.map(({ calls }) => calls))],
        range: [AXIS_WIDTH, WIDTH - 2 * MARGIN],
      },
    ],
    marks: curves.map((curve, i) => drawCurve(curve, rows, MARGIN + i * PANEL_HEIGHT)),
  };
  const view = new View(parse(/** @type {any} */ (spec)), { renderer: 'none' });
  const svg = await view.toSVG();
  view.finalize();
  return withDarkColors(svg, COLORS);
}

/**
 * @param {{ key: string, title: string }} curve
 * @param {Record<string, number>[]} rows
 * @param {number} top
 */
function drawCurve({ key, title }, rows, top) {
  const { text, muted, curve } = COLORS;
  const most = Math.max(1, ...rows.map((row) => row[key]));
  return {
    type: 'group',
    encode: { enter: { x: { value: MARGIN }, y: { value: top } } },
    scales: [
      {
        name: 'value',
        type: 'linear',
        domain: [0, most],
        nice: 3,
        range: [HEADER_HEIGHT + CURVE_HEIGHT, HEADER_HEIGHT],
      },
    ],
    axes: [
      {
        orient: 'left',
        scale: 'value',
        offset: -AXIS_WIDTH,
        tickCount: 3,
        ticks: false,
        domain: false,
        labelFont: FONT,
        labelColor: muted.light,
      },
    ],
    marks: [
      {
        type: 'text',
        encode: {
          enter: {
            text: { value: title },
            y: { value: 12 },
            fill: { value: text.light },
            font: { value: FONT },
            fontSize: { value: 13 },
            fontWeight: { value: 'bold' },
          },
        },
      },
      {
        type: 'text',
        encode: {
          enter: {
            text: { value: `0 to ${rows.at(-1)?.calls.toLocaleString('en')} calls` },
            x: { value: WIDTH - 2 * MARGIN },
            y: { value: 12 },
            align: { value: 'right' },
            fill: { value: muted.light },
            font: { value: FONT },
            fontSize: { value: 11 },
          },
        },
      },
      {
        type: 'line',
        from: { data: 'rows' },
        encode: {
          enter: {
            x: { scale: 'calls', field: 'calls' },
            y: { scale: 'value', field: key },
            stroke: { value: curve.light },
            strokeWidth: { value: 2 },
          },
        },
      },
    ],
  };
}
