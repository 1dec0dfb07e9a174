// import lib/bits
// import lib/iou
// Candidates of upright boxes, compared by any similarity that is an overlap.

/// A target's candidates on the level: a rectangle of cells.
struct UprightRow {
  /// Number of the level's pairs in rows before this one.
  first: u32,
  /// First of its pairs in `metrics`.
  slot: u32,
  columns: u32,
  first_cell: u32,
  image: u32,
  channel: u32,
  /// Distances from the first cell's centre to the target's sides, pixels. Right and bottom are in two parts, so that their
  /// differences at the last cells are exact.
  left: f32,
  top: f32,
  right: f32,
  bottom: f32,
  right_low: f32,
  bottom_low: f32,
}

alias Row = UprightRow;

/// max(similarity, 0) as bits. @param box distances of the prediction, pixels @param step from the row's first cell
fn overlap_of(row: Row, box: vec4<f32>, special: u32, anchor: u32, step: vec2<f32>) -> u32 {
  let near = vec2(row.left, row.top) + step;
  let far = (vec2(row.right, row.bottom) - step) + vec2(row.right_low, row.bottom_low);
  let value = similarity(level.kind, box, vec4(near, far)).value;
  return bits_or_nan(max(value, 0.0), special != 0u || special_of(bitcast<u32>(value)) != 0u);
}
