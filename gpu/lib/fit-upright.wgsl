// import lib/bits
// import lib/similarity
// Positives of upright boxes.

/// An anchor and the target that it is assigned to.
struct UprightPositive {
  image: u32,
  cell: u32,
  channel: u32,
  score: f32,
  class_slope: FloatBits,
  /// Distances to the target's sides, grid units.
  left: f32,
  top: f32,
  right: f32,
  bottom: f32,
  /// Parts of the distances that these lose.
  left_low: f32,
  top_low: f32,
  right_low: f32,
  bottom_low: f32,
}

alias Positive = UprightPositive;

/// Loss of a positive's box against its target's. @param box distances of the prediction, grid units
fn fit_of(positive: Positive, box: vec4<f32>) -> Fit {
  let fit = similarity_of(level.kind, box, goal_of(positive));
  return Fit(fit.loss, -fit.slope, 0.0, 0.0, 0.0, 0u);
}

fn sum_of_angles(value: f32, lane: u32, subgroup_lane: u32, subgroup_size: u32) -> f32 {
  return 0.0;
}

fn store_angle(positive: Positive, bits: u32) {}
