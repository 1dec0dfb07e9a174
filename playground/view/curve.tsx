import { effect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Curves } from '../model/curves.ts';
import { curves } from '../model/state.ts';
import { formatNumber } from './format.ts';

const HEIGHT = 190;
/** uPlot's number of the logarithmic scale; the items differ by factors of ten. */
const LOGARITHMIC = 3;
const CURVES = [
  { key: 'total', label: 'total', width: 2.5 },
  { key: 'box', label: 'box', width: 1.5 },
  { key: 'cls', label: 'class', width: 1.5 },
  { key: 'dfl', label: 'DFL', width: 1.5 },
] as const;

/** Curves of the loss and its items over the steps. */
export function Curve() {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => (frame.current ? mount(frame.current) : undefined), []);
  const isEmpty = curves.value.step.length < 2;
  return (
    <div class="curve">
      <div ref={frame} role="img" aria-label={describe(curves.value)} />
      <ul class="key" aria-hidden="true">
        {CURVES.map(({ key, label }) => (
          <li key={key}>
            <i class={`swatch ${key}`} />
            {label}
          </li>
        ))}
      </ul>
      {isEmpty && <p class="empty">The page draws the loss of every step here.</p>}
    </div>
  );
}

/** @returns a function that removes the plot */
function mount(frame: HTMLDivElement): () => void {
  const plot = new uPlot(optionsFor(frame), dataOf(curves.peek()), frame);
  const stop = effect(() => plot.setData(dataOf(curves.value)));
  const observer = new ResizeObserver(() => {
    plot.setSize({ width: frame.clientWidth, height: HEIGHT });
  });
  observer.observe(frame);
  const scheme = matchMedia('(prefers-color-scheme: dark)');
  const redraw = () => plot.redraw();
  scheme.addEventListener('change', redraw);
  return () => {
    stop();
    observer.disconnect();
    scheme.removeEventListener('change', redraw);
    plot.destroy();
  };
}

function optionsFor(frame: HTMLDivElement): uPlot.Options {
  const colour = (name: string) => () => getComputedStyle(frame).getPropertyValue(`--${name}`);
  const axis = {
    stroke: colour('muted'),
    font: '12px system-ui, sans-serif',
    grid: { stroke: colour('line'), width: 1 },
    ticks: { show: false },
  };
  return {
    width: frame.clientWidth,
    height: HEIGHT,
    legend: { live: false, show: false },
    cursor: { show: false },
    scales: {
      x: { time: false, range: (_, __, max) => [0, Math.max(max, 20)] },
      y: { distr: LOGARITHMIC },
    },
    axes: [
      { ...axis, size: 28 },
      {
        ...axis,
        size: 48,
        splits: (_, __, min, max) => decadesIn(min, max),
        values: (_, ticks) => ticks.map((tick) => (tick === null ? '' : `${tick}`)),
      },
    ],
    series: [
      {},
      ...CURVES.map(({ key, label, width }) => ({
        label,
        width,
        stroke: colour(key),
        points: { show: false },
      })),
    ],
  };
}

/** Columns of the plot, without values of 0, which a logarithmic axis cannot show. */
function dataOf({ step, ...columns }: Curves): uPlot.AlignedData {
  return [[...step], ...CURVES.map(({ key }) => columns[key].map((y) => (y > 0 ? y : null)))];
}

/** Powers of ten between two values. */
function decadesIn(min: number, max: number): number[] {
  const [from, to] = [Math.ceil(Math.log10(min)), Math.floor(Math.log10(max))];
  return Array.from({ length: to - from + 1 }, (_, k) => Number(`1e${from + k}`));
}

function describe({ step, total }: Curves): string {
  if (step.length < 2) return 'Loss curve, empty';
  const [first, last] = [total[0], total[total.length - 1]];
  return `Loss curve: from ${formatNumber(first)} to ${formatNumber(last)} in ${step.length - 1} steps`;
}
