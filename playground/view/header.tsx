import { useRef } from 'preact/hooks';
import { assignmentJson, download } from '../model/export-assignment.ts';
import { boxes, evaluation, scene, settings } from '../model/state.ts';
import { FormatDialog } from './format-dialog.tsx';
import { openFile } from './open-file.ts';
import { UndoButtons } from './undo-buttons.tsx';

export function Header() {
  const input = useRef<HTMLInputElement>(null);
  const dialog = useRef<HTMLDialogElement>(null);
  return (
    <>
      <header class="header">
        <div>
          <h1>
            detloss <span>playground</span>
          </h1>
          <p>
            See which cells of a detector are assigned to which target box, what the loss is, and
            what its gradient changes. Move boxes and settings, and watch the numbers.{' '}
            <button type="button" class="link" onClick={() => dialog.current?.showModal()}>
              Show your own predictions
            </button>
          </p>
        </div>
        <div class="actions">
          <UndoButtons />
          <button type="button" onClick={() => input.current?.click()}>
            Open file…
          </button>
          <button type="button" disabled={!evaluation.value} onClick={exportAssignment}>
            Export assignment
          </button>
          <input
            ref={input}
            type="file"
            accept=".safetensors,.json"
            aria-label="Predictions and targets, .safetensors or .json"
            hidden
            onChange={({ currentTarget }) => {
              const file = currentTarget.files?.[0];
              // Without this, choosing the same file again would not fire the event
              currentTarget.value = '';
              if (file) openFile(file);
            }}
          />
        </div>
      </header>
      <FormatDialog dialog={dialog} />
    </>
  );
}

function exportAssignment() {
  const [opened, evaluated] = [scene.peek(), evaluation.peek()];
  if (!opened || !evaluated) return;
  download('assignment.json', assignmentJson(opened, settings.peek(), boxes.peek(), evaluated));
}
