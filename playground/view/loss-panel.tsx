import { evaluation, feats } from '../model/state.ts';
import { formatNumber } from './format.ts';
import { GradientNorms } from './gradient-norms.tsx';

const ITEMS = [
  { key: 'box', text: 'box' },
  { key: 'cls', text: 'class' },
  { key: 'dfl', text: 'distribution (DFL)' },
] as const;

/** The loss, its items, and the time of the call. */
export function LossPanel() {
  const evaluated = evaluation.value;
  const batch = feats.value[0]?.shape[0] ?? 1;
  const sum = evaluated ? ITEMS.reduce((total, { key }) => total + evaluated.items[key], 0) : 0;
  return (
    <section class="panel" aria-labelledby="loss-title">
      <h2 id="loss-title">Loss</h2>
      <p class="total">
        <output aria-label="Total loss">{evaluated ? formatNumber(evaluated.total) : '–'}</output>
        <span>{batch > 1 ? `items × ${batch} images` : 'sum of the items'}</span>
      </p>
      <div class="stack" aria-hidden="true">
        {ITEMS.map(({ key }) => (
          <i key={key} class={key} style={{ width: `${shareOf(evaluated?.items[key], sum)}%` }} />
        ))}
      </div>
      <dl class="rows">
        {ITEMS.map(({ key, text }) => (
          <div key={key}>
            <dt>
              <i class={`swatch ${key}`} />
              {text}
            </dt>
            <dd>{evaluated ? formatNumber(evaluated.items[key]) : '–'}</dd>
          </div>
        ))}
      </dl>
      <GradientNorms />
      <p class="time">
        <output aria-label="Time">{evaluated ? `${evaluated.time.toFixed(1)} ms` : '–'}</output>{' '}
        with gradients, on {evaluated?.backend === 'webgpu' ? 'WebGPU' : 'WASM'}
      </p>
    </section>
  );
}

function shareOf(item: number | undefined, sum: number): number {
  return item !== undefined && sum > 0 ? (100 * item) / sum : 0;
}
