import { notice } from '../model/state.ts';

export function Notice() {
  const shown = notice.value;
  if (!shown) return null;
  return (
    <div class={`notice ${shown.kind}`} role={shown.kind === 'error' ? 'alert' : 'status'}>
      <p>{shown.text}</p>
      <button
        type="button"
        class="quiet"
        aria-label="Dismiss"
        onClick={() => {
          notice.value = undefined;
        }}
      >
        ✕
      </button>
    </div>
  );
}
