// Type-checked, not run: where `require` may take an ES module, types come with it
import { createDetectionLoss, type DetectionLoss } from 'detloss';
import { fromOrt } from 'detloss/ort';

export const made: Promise<DetectionLoss> = createDetectionLoss({ numClasses: 80 });
export const read = fromOrt;
