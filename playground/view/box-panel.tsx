import { addBox, knownClasses, removeBox, setClass } from '../model/edit.ts';
import { nameOfBox } from '../model/explain.ts';
import { positives } from '../model/head.ts';
import { boxesHere, scene, selectedBox, selectedId } from '../model/state.ts';
import { countOf } from './format.ts';

/** Position of a box that "Add" creates: the middle. */
const MIDDLE = { left: 0.375, top: 0.375, right: 0.625, bottom: 0.625 };

/** List of the boxes of the image in view. */
export function BoxPanel() {
  const counts = boxesHere.value.map(() => 0);
  for (const { target } of positives.value.values()) counts[target]++;
  return (
    <section class="panel boxes-panel" aria-labelledby="boxes-title">
      <div class="title-row">
        <h2 id="boxes-title">Boxes</h2>
        <div class="actions">
          <ChosenBox />
          <button type="button" disabled={!scene.value} onClick={() => addBox(MIDDLE)}>
            Add
          </button>
        </div>
      </div>
      <ul class="boxes-list">
        {boxesHere.value.map(({ id }, index) => (
          <li key={id}>
            <button
              type="button"
              aria-pressed={id === selectedId.value}
              onClick={() => {
                selectedId.value = id;
              }}
            >
              <span>{nameOfBox(index)}</span>
              <small>{counts[index] > 0 ? countOf(counts[index], 'positive') : 'unassigned'}</small>
            </button>
          </li>
        ))}
      </ul>
      {boxesHere.value.length === 0 && (
        <p class="empty">
          No boxes: all of this image is background, and only the class loss is computed on it.
        </p>
      )}
      <p class="hint for-mouse">
        Drag boxes and their corners, or draw a new box. Arrow keys move the chosen box; with Shift
        they resize it.
      </p>
      <p class="hint for-finger">Tap a box to choose it, then drag it or its corners.</p>
    </section>
  );
}

function ChosenBox() {
  const box = selectedBox.value;
  if (!box) return null;
  return (
    <>
      <button type="button" onClick={() => removeBox(box.id)}>
        Delete
      </button>
      <select
        aria-label="Class of the chosen box"
        value={box.cls}
        onChange={({ currentTarget }) => setClass(box.id, Number(currentTarget.value))}
      >
        {knownClasses().map(({ cls, name }) => (
          <option key={cls} value={cls}>
            {name}
          </option>
        ))}
      </select>
    </>
  );
}
