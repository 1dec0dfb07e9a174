import { useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { openFile } from './open-file.ts';

/** Lets the reader drop files anywhere on the page. */
export function DropZone({ children }: { children: ComponentChildren }) {
  const isOver = useSignal(false);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: "Open file…" does the same by keyboard
    <div
      class="drop-zone"
      onDragOver={(event) => {
        event.preventDefault();
        isOver.value = true;
      }}
      onDragLeave={({ relatedTarget }) => {
        // This event also fires when the pointer moves from one child to another
        if (!relatedTarget) isOver.value = false;
      }}
      onDrop={(event) => {
        event.preventDefault();
        isOver.value = false;
        const file = event.dataTransfer?.files[0];
        if (file) openFile(file);
      }}
    >
      {children}
      {isOver.value && <div class="drop-hint">Drop a .safetensors or .json file</div>}
    </div>
  );
}
