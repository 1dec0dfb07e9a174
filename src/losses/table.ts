import type { LossName } from '../loss-types.ts';
import { bceWithLogits } from './bce-with-logits.ts';
import { boxIou } from './box-iou.ts';
import { crossEntropy } from './cross-entropy.ts';
import { dice } from './dice.ts';
import { distributionFocal } from './distribution-focal.ts';
import { focal } from './focal.ts';
import { hinge } from './hinge.ts';
import { huber } from './huber.ts';
import { klDiv } from './kl-div.ts';
import { l1 } from './l1.ts';
import { logLoss } from './log-loss.ts';
import { mse } from './mse.ts';
import { multiMargin } from './multi-margin.ts';
import type { LossModule } from './plan.ts';
import { qualityFocal } from './quality-focal.ts';
import { smoothL1 } from './smooth-l1.ts';
import { squaredHinge } from './squared-hinge.ts';
import { varifocal } from './varifocal.ts';

/** The plain losses by their names. Methods and tests follow from this table. */
export const LOSSES: { readonly [Name in LossName]: LossModule } = {
  mse,
  l1,
  smoothL1,
  huber,
  bceWithLogits,
  logLoss,
  crossEntropy,
  klDiv,
  hinge,
  squaredHinge,
  multiMargin,
  dice,
  focal,
  varifocal,
  qualityFocal,
  distributionFocal,
  boxIou,
};
