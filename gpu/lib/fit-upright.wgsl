// import lib/bits
// import lib/iou
// Positives of upright boxes.

struct Positive {
  image: u32,
  cell: u32,
  channel: u32,
  score: f32,
  class_slope: u32,
  /// Distances to its target's sides, grid units.
  left: f32,
  top: f32,
  right: f32,
  bottom: f32,
}

/// Fit of a positive's box to its target's. @param box distances of the prediction, grid units
fn fit_of(positive: Positive, box: vec4<f32>) -> Fit {
  let fit = similarity(level.kind, box, goal_of(positive));
  return Fit(fit.loss, -fit.slope, 0.0, 0u);
}

fn store_angle(positive: Positive, bits: u32) {}
