import { levelNorms } from '../model/gradient.ts';
import { scene } from '../model/state.ts';
import { formatNumber } from './format.ts';

/** Bars of the gradient norm of each level. */
export function GradientNorms() {
  const strides = scene.value?.head.strides ?? [];
  const norms = levelNorms.value;
  const largest = Math.max(...norms, 0);
  return (
    <>
      <h3>Gradient norm</h3>
      <dl class="rows bars">
        {strides.map((stride, l) => (
          <div key={stride}>
            <dt>stride {stride}</dt>
            <dd>
              <i class="bar">
                <i style={{ width: `${largest > 0 ? (100 * (norms[l] ?? 0)) / largest : 0}%` }} />
              </i>
              <span>{formatNumber(norms[l] ?? 0)}</span>
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
