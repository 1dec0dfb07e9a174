// Weights of elements, which repeat over the tensor; a period of 0: there are none. Uses `task` of the pass.

/// Weights, and behind them weights of positives.
@group(0) @binding(6) var<storage, read> weights: array<f32>;

fn weight_of(i: u32) -> f32 {
  if (task.weights == 0u) { return 1.0; }
  return weights[i % task.weights];
}

fn pos_weight_of(i: u32) -> f32 {
  if (task.pos_weights == 0u) { return task.one; }
  return weights[task.weights + i % task.pos_weights];
}
