import type { Assignment } from 'detloss';
import type { Evaluation } from './evaluate.ts';
import type { Scene, TargetBox } from './scene.ts';
import { configOf, type Settings } from './settings.ts';
import { targetsOf } from './targets.ts';

/** The assignment as text, with all that it follows from but the predictions. */
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

/** Typed arrays would become objects. */
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

/** Hands the reader a file; it never leaves the page otherwise. */
export function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'application/json' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
