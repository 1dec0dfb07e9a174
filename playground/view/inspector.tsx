import { edgesOf } from '../model/edit.ts';
import { explain } from '../model/explain.ts';
import { cellNorms } from '../model/gradient.ts';
import { head, placeOf } from '../model/head.ts';
import { inspected, selectedBox } from '../model/state.ts';
import { formatNumber } from './format.ts';
import { placeCard } from './place-card.ts';
import type { StageSize } from './stage-size.ts';

/** Card with the numbers of the inspected cell. It lies beside the chosen box, so that it rarely moves. */
export function InspectorCard({ size }: { size: StageSize }) {
  const [current, anchor] = [head.value, inspected.value];
  if (!current || anchor === undefined) return null;
  const cell = placeOf(current, anchor);
  const box = selectedBox.value;
  return (
    <div class="card" role="status" style={placeCard(cell, box && edgesOf(box), size)}>
      <Numbers anchor={anchor} />
    </div>
  );
}

/** Panel with the same numbers below the picture, for fingers, which would cover the card. */
export function InspectorDock() {
  const anchor = inspected.value;
  return (
    <div class="dock">
      {anchor === undefined ? (
        <p class="empty">Tap a cell to see its numbers.</p>
      ) : (
        <Numbers anchor={anchor} />
      )}
    </div>
  );
}

function Numbers({ anchor }: { anchor: number }) {
  const current = head.value;
  if (!current) return null;
  const { stride, row, column, levelIndex } = placeOf(current, anchor);
  const norm = cellNorms.value[levelIndex]?.norms[row * current.levels[levelIndex].width + column];
  const found = explain(anchor);
  const rows: [string, string][] = found
    ? [
        ['logit', `${formatNumber(found.logit)} (${(100 * found.probability).toFixed(1)} %)`],
        ['CIoU', shown(found.overlap)],
        ['alignment', shown(found.alignment)],
        ['rank', found.rank === undefined ? '–' : `${found.rank} of ${found.ranked}`],
        ['score', shown(found.score)],
      ]
    : [];
  return (
    <>
      <p class="where">
        stride {stride}{' '}
        <span>
          row {row}, column {column}
        </span>
      </p>
      <dl class="rows">
        {[...rows, ['gradient', shown(norm)]].map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p class="verdict">
        {found?.verdict ?? 'Choose a box to see whether this cell is assigned to it.'}
      </p>
    </>
  );
}

function shown(value: number | undefined): string {
  return value === undefined ? '–' : formatNumber(value);
}
