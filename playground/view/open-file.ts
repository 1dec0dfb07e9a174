import { readFile } from '../files/read-file.ts';
import { edgesOf } from '../model/edit.ts';
import type { Scene } from '../model/scene.ts';
import { openScene } from '../model/session.ts';
import { notice, showError } from '../model/state.ts';
import { countOf } from './format.ts';

/** Shows the scene of a file, or reports why it cannot and keeps the previous scene. */
export async function openFile(file: File): Promise<void> {
  try {
    const scene = await readFile(file);
    await openScene(scene).catch((cause) => {
      throw new Error(`${file.name} was refused: ${cause.message}`, { cause });
    });
    const text = `Opened ${file.name}. It stays in this page. ${warningFor(scene)}`;
    notice.value = { kind: 'info', text };
  } catch (error) {
    showError(error);
  }
}

/** Tells about boxes that the picture cannot show. */
function warningFor({ boxes }: Scene): string {
  const outside = boxes.map(edgesOf).filter(({ left, top, right, bottom }) => {
    return right <= 0 || bottom <= 0 || left >= 1 || top >= 1;
  });
  if (outside.length === 0) return '';
  const count = `${outside.length} of ${countOf(boxes.length, 'box', 'boxes')}`;
  return `Outside the image, where the page cannot show them: ${count}.`;
}
