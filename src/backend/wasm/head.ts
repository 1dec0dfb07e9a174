import type { Assigner } from '../assign/assigner.ts';
import { type HeadTargets, headTargets } from '../assign/head-targets.ts';
import type { HeadInputs } from '../backend.ts';
import type { Predictions } from '../inputs.ts';
import type { CriteriaEngine } from '../programs/criteria/program.ts';

/** Inputs of the stages of one head, and their engine. */
export interface HeadContext extends HeadTargets {
  engine: CriteriaEngine;
  predictions: Predictions;
  assigner: Assigner;
}

export function openHead(engine: CriteriaEngine, head: HeadInputs): HeadContext {
  // A WASM backend takes arrays alone
  const predictions = head.predictions as Predictions;
  const { targets, sides, records, regions } = headTargets(predictions, head.targets);
  return { targets, sides, records, regions, engine, predictions, assigner: head.assigner };
}
