import {
  descend,
  isChanged,
  isDescending,
  learningRate,
  reset,
  scatterPredictions,
  stopDescending,
  takeStep,
} from '../model/descend.ts';
import { curves, evaluation } from '../model/state.ts';
import { Curve } from './curve.tsx';
import { countOf } from './format.ts';
import { Slider } from './slider.tsx';

/** Rates from 1 to 200 in equal ratios. */
const RATE_STEPS = 46;
const LARGEST_RATE = 200;
const rateAt = (place: number) => LARGEST_RATE ** (place / RATE_STEPS);
const placeOf = (rate: number) =>
  Math.round((RATE_STEPS * Math.log(rate)) / Math.log(LARGEST_RATE));

/** Gradient descent on the raw predictions themselves, without the network that produced them. */
export function DescendPanel() {
  const isReady = evaluation.value !== undefined;
  const steps = Math.max(curves.value.step.length - 1, 0);
  return (
    <section class="panel descend" aria-labelledby="descend-title">
      <div class="title-row">
        <h2 id="descend-title">Descend</h2>
        <output aria-label="Steps">{countOf(steps, 'step')}</output>
      </div>
      <p class="hint">
        Gradient descent on the raw predictions: watch the predicted boxes move to their targets.
      </p>
      <div class="actions">
        <button
          type="button"
          class="primary"
          disabled={!isReady}
          onClick={() => (isDescending.value ? stopDescending() : descend())}
        >
          {isDescending.value ? 'Pause' : 'Descend'}
        </button>
        <button type="button" disabled={!isReady || isDescending.value} onClick={() => takeStep()}>
          One step
        </button>
        <button type="button" disabled={!isReady} onClick={scatterPredictions}>
          Add noise
        </button>
        <button
          type="button"
          title="Restores predictions and boxes as they were opened"
          disabled={!isReady || !isChanged.value}
          onClick={reset}
        >
          Reset
        </button>
        <Slider
          label="rate"
          min={0}
          max={RATE_STEPS}
          step={1}
          value={placeOf(learningRate.value)}
          text={rateText(learningRate.value)}
          onInput={(place) => {
            learningRate.value = rateAt(place);
          }}
        />
      </div>
      <Curve />
    </section>
  );
}

function rateText(rate: number): string {
  return rate < 10 ? rate.toFixed(1) : rate.toFixed(0);
}
