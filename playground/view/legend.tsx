import { scoreColour } from '../../examples/lib/score-scale.mjs';
import { layer } from '../model/state.ts';
import { formatNumber } from './format.ts';
import { heat, showPredictions } from './shown.ts';

const STOPS = Array.from({ length: 9 }, (_, k) => scoreColour(k / 8)).join(', ');

/** Legend of the picture's colours. */
export function Legend() {
  const isHeat = layer.value === 'gradient';
  return (
    <div class="legend">
      <span>{isHeat ? 'gradient norm 0' : 'score 0'}</span>
      <i style={{ backgroundImage: `linear-gradient(90deg, ${STOPS})` }} />
      <span>{isHeat ? formatNumber(heat.value?.largest ?? 0) : '1'}</span>
      <span class="spacer" />
      <label class={isHeat ? 'check hidden' : 'check'}>
        <input
          type="checkbox"
          checked={showPredictions.value}
          onChange={({ currentTarget }) => {
            showPredictions.value = currentTarget.checked;
          }}
        />
        predicted boxes
      </label>
    </div>
  );
}
