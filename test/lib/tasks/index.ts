import { classification } from './classification.ts';
import { depth } from './depth.ts';
import { dual, dualOriented, dualPose, dualSegmentation } from './dual.ts';
import { oriented } from './oriented.ts';
import { pose, pose26 } from './pose.ts';
import { segmentation } from './segmentation.ts';
import { semantic } from './semantic.ts';

/** Every task beside detection, each held to the same suites. */
export const tasks = [
  segmentation,
  pose,
  pose26,
  oriented,
  dual,
  dualOriented,
  dualPose,
  dualSegmentation,
  classification,
  semantic,
  depth,
];

/** Those that run on a GPU. */
export const deviceTasks = tasks.filter(({ backends }) =>
  backends.some(({ config }) => config.backend === 'webgpu'),
);
