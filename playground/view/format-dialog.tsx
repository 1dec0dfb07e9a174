import type { RefObject } from 'preact';
import readme from '../README.md?raw';

/** Examples of both formats, taken from README.md so that they are written once. */
const [PYTHON, JSON_FILE] = ['python', 'json'].map(
  (language) => readme.match(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'ms'))?.[1],
);

/** Dialog that explains how to open your own predictions. */
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
        Drop a file on the page, or open it. It holds a batch of raw head outputs and its targets,
        and stays in this page. PyTorch writes it with this program, where <code>feats</code> are
        the head’s outputs in training mode, <code>batch</code> is a batch of the data loader and{' '}
        <code>names</code> are the names of the classes:
      </p>
      <Code text={PYTHON} />
      <p>
        A <code>.json</code> file has this form; its arrays may be flat or nested:
      </p>
      <Code text={JSON_FILE} />
    </dialog>
  );
}

function Code({ text = '' }: { text?: string | undefined }) {
  return (
    <div class="code">
      <pre>{text}</pre>
      {/* Browsers offer the clipboard only to pages from https or localhost */}
      {navigator.clipboard && (
        <button type="button" onClick={() => navigator.clipboard.writeText(text)}>
          Copy
        </button>
      )}
    </div>
  );
}
