import { createDepth } from './backend/create-depth.ts';
import { Criterion } from './criteria/criterion.ts';
import { depthTask } from './criteria/depth.ts';
import type { DepthLoss, DepthLossConfig } from './depth-types.ts';
import { parseDepthOptions } from './validate/depth-options.ts';

/** Creates a depth criterion. Throws ConfigError and BackendError. */
export async function openDepthLoss(action: string, config: DepthLossConfig): Promise<DepthLoss> {
  const options = parseDepthOptions(action, config);
  return new Criterion(depthTask(options), await createDepth(action, options));
}
