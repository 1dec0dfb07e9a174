import type { LossName } from './loss-cases.ts';

/** Losses of logits or probabilities, with all targets they may meet. */
export const extremes: { name: LossName; inputs: number[]; targets: number[]; options?: object }[] =
  [
    ...(['mse', 'l1', 'smoothL1', 'huber'] as const).map((name) => ({
      name,
      inputs: [-100, 0, 100],
      targets: [-100, 0, 1, 100],
    })),
    ...(['bceWithLogits', 'focal', 'varifocal', 'qualityFocal', 'dice'] as const).map((name) => ({
      name,
      inputs: [-100, -30, 0, 30, 100],
      targets: [0, 0.5, 1],
    })),
    ...[0, 0.5, 1, 2.7].flatMap((power) => [
      { name: 'focal' as const, inputs: [-100, 100], targets: [0, 1], options: { gamma: power } },
      {
        name: 'varifocal' as const,
        inputs: [-100, 100],
        targets: [0, 1],
        options: { gamma: power },
      },
      {
        name: 'qualityFocal' as const,
        inputs: [-100, 0, 100],
        targets: [0, 0.5, 1],
        options: { beta: power },
      },
    ]),
    { name: 'dice', inputs: [-100, 100], targets: [0, 1], options: { smooth: 0 } },
    { name: 'logLoss', inputs: [0, 1e-40, 0.5, 1 - 2 ** -24, 1], targets: [0, 0.5, 1] },
    { name: 'klDiv', inputs: [-100, -1e-30, 0], targets: [0, 0.5, 1] },
    { name: 'hinge', inputs: [-100, -1, 0, 1, 100], targets: [-1, 1] },
    { name: 'squaredHinge', inputs: [-100, -1, 0, 1, 100], targets: [-1, 1] },
  ];
