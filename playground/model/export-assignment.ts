import type { Assignment } from 'detloss';
import type { Evaluation } from './evaluate.ts';
import type { Scene, TargetBox } from './scene.ts';
import { configOf, type Settings } from './settings.ts';
import { targetsOf } from './targets.ts';

/** Writes the assignment as JSON, with everything that determines it except the predictions. */
export function assignmentJson(
  { name, head }: Scene,
  settings: Settings,
  boxes: readonly TargetBox[],
  { total, items, assignment }: Evaluation,
): string {
  const exported = {
    scene: name,
    config: configOf(head, settings),
    targets: targetsOf(boxes),
    total,
    items,
    assignment: plain(assignment),
  };
  return `${JSON.stringify(exported, null, 1)}\n`;
}

/** Converts typed arrays to arrays; JSON would turn them into objects. */
function plain(assignment: Assignment) {
  const { image, anchor, target, score, scoresSum, unassigned } = assignment;
  return {
    image: [...image],
    anchor: [...anchor],
    target: [...target],
    score: [...score],
    scoresSum,
    unassigned: [...unassigned],
  };
}

/** Saves a file on the reader's machine. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
