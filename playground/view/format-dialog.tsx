import type { RefObject } from 'preact';
import readme from '../README.md?raw';

/** What the page's documentation says: written once, in README.md. */
const [PYTHON, JSON_FILE] = ['python', 'json'].map(
  (language) => readme.match(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms'))?.[1],
);

/** How to look at predictions of one's own. */
export function FormatDialog({ dialog }: { dialog: RefObject<HTMLDialogElement | null> }) {
  return (
    <dialog ref={dialog} class="format" aria-labelledby="format-title">
      <form method="dialog">
        <div class="title-row">
          <h2 id="format-title">Your own predictions</h2>
          <button type="submit">Close</button>
        </div>
      </form>
      <p>
        Drop a file on the page, or open it: a batch of raw head outputs and its targets. It stays
        in this page. From PyTorch, with <code>feats</code> the head’s outputs in training mode,{' '}
        <code>batch</code> one of the data loader’s and <code>names</code> the names of the classes:
      </p>
      <Code text={PYTHON} />
      <p>
        Or as <code>.json</code>, arrays flat or nested:
      </p>
      <Code text={JSON_FILE} />
    </dialog>
  );
}

function Code({ text = '' }: { text?: string | undefined }) {
  return (
    <div class="code">
      <pre>{text}</pre>
      {/* Only in pages from https or localhost */}
      {navigator.clipboard && (
        <button type="button" onClick={() => navigator.clipboard.writeText(text)}>
          Copy
        </button>
      )}
    </div>
  );
}
