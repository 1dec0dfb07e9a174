// Type-checked, not run: a criterion disposes of itself where the compiler knows `using`
import { createDetectionLoss, type DetectionLossConfig } from 'detloss';

export async function backendOf(config: DetectionLossConfig): Promise<'wasm' | 'webgpu'> {
  using criterion = await createDetectionLoss(config);
  return criterion.backend;
}
