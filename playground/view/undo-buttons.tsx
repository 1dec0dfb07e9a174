import { useEffect } from 'preact/hooks';
import { canRedo, canUndo, redo, undo } from '../model/undo.ts';

/** Names of the keys on this machine. */
const [UNDO, REDO] = /Mac|iP/.test(navigator.userAgent) ? ['⌘Z', '⇧⌘Z'] : ['Ctrl+Z', 'Ctrl+Y'];
/** An arrow that turns to the left; "Redo" shows its mirror image. */
const ARROW = 'M8 5 4 9l4 4M4 9h8.5a3.75 3.75 0 0 1 0 7.5H9';

/** Buttons that undo and redo edits; the usual keys do the same anywhere on the page. */
export function UndoButtons() {
  useEffect(() => {
    document.addEventListener('keydown', handleUndoKey);
    return () => document.removeEventListener('keydown', handleUndoKey);
  }, []);
  const isIdle = !canUndo.value && !canRedo.value;
  return (
    <div class={isIdle ? 'undo idle' : 'undo'}>
      <button
        type="button"
        class="quiet"
        aria-label="Undo"
        title={`Undo (${UNDO})`}
        disabled={!canUndo.value}
        onClick={undo}
      >
        <Arrow />
      </button>
      <button
        type="button"
        class="quiet"
        aria-label="Redo"
        title={`Redo (${REDO})`}
        disabled={!canRedo.value}
        onClick={redo}
      >
        <Arrow isMirrored />
      </button>
    </div>
  );
}

function Arrow({ isMirrored = false }) {
  return (
    <svg viewBox="0 0 20 20" aria-hidden="true">
      <path d={ARROW} transform={isMirrored ? 'matrix(-1 0 0 1 20 0)' : undefined} />
    </svg>
  );
}

/** Ctrl+Z or Cmd+Z undoes; the same with Shift, and Ctrl+Y, redo. */
function handleUndoKey(event: KeyboardEvent): void {
  const isCommand = (event.ctrlKey || event.metaKey) && !event.altKey;
  if (!isCommand || document.querySelector('dialog[open]')) return;
  const letter = letterOf(event);
  if (letter !== 'z' && letter !== 'y') return;
  event.preventDefault();
  if (letter === 'y' || event.shiftKey) redo();
  else undo();
}

/** Letter of a key; if the layout has no Latin letters, that of the same key on an English keyboard. */
function letterOf({ key, code }: KeyboardEvent): string {
  return (/^[a-z]$/i.test(key) ? key : code.replace('Key', '')).toLowerCase();
}
