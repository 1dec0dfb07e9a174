import { readFile } from '../files/read-file.ts';
import { resetPredictions } from '../model/descend.ts';
import { openScene } from '../model/session.ts';
import { notice, showError } from '../model/state.ts';

/** Shows the scene of a file, or reports why it cannot and keeps the previous scene. */
export async function openFile(file: File): Promise<void> {
  try {
    const scene = await readFile(file);
    await openScene(scene).catch((cause) => {
      throw new Error(`${file.name} was refused: ${cause.message}`, { cause });
    });
    resetPredictions();
    notice.value = { kind: 'info', text: `Opened ${file.name}. It stays in this page.` };
  } catch (error) {
    showError(error);
  }
}
