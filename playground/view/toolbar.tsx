import { largestIn } from '../model/session.ts';
import { boxes, image, inspected, layer, scene, selectedId, shownLevel } from '../model/state.ts';
import { Segmented } from './segmented.tsx';

const LAYERS = [
  { value: 'assignment', text: 'Assignment' },
  { value: 'gradient', text: 'Gradient' },
] as const;

/** Choice of what the picture shows. */
export function Toolbar() {
  return (
    <div class="toolbar">
      <Segmented
        label="Show"
        options={LAYERS}
        value={layer.value}
        onPick={(picked) => {
          layer.value = picked;
        }}
      />
      <Segmented
        label="Stride"
        options={levelOptions()}
        value={shownLevel.value}
        onPick={(picked) => {
          shownLevel.value = picked;
          inspected.value = undefined;
        }}
      />
      <Images />
    </div>
  );
}

/** Options for the levels, named by their strides. */
function levelOptions() {
  const strides = scene.value?.head.strides ?? [8, 16, 32];
  const levels = strides.map((stride, l) => ({ value: l as number | 'all', text: `${stride}` }));
  return [{ value: 'all' as const, text: 'All' }, ...levels];
}

function Images() {
  const batch = scene.value?.feats[0].shape[0] ?? 1;
  if (batch === 1) return null;
  const go = (step: number) => {
    image.value = (image.value + step + batch) % batch;
    selectedId.value = largestIn({ boxes: boxes.value }, image.value);
    inspected.value = undefined;
  };
  return (
    <div class="images">
      <button type="button" class="quiet" aria-label="Previous image" onClick={() => go(-1)}>
        ‹
      </button>
      <span>
        image {image.value + 1} of {batch}
      </span>
      <button type="button" class="quiet" aria-label="Next image" onClick={() => go(1)}>
        ›
      </button>
    </div>
  );
}
