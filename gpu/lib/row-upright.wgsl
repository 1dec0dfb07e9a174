// import lib/bits
// import lib/iou
// Candidates of upright boxes, compared by CIoU.

/// A target's candidates on the level: a rectangle of cells.
struct Row {
  /// Pairs of the level before its own.
  first: u32,
  /// Where its own begin in `metrics`.
  slot: u32,
  columns: u32,
  first_cell: u32,
  image: u32,
  channel: u32,
  /// From the first cell's centre to the target's sides, pixels; right and bottom in two parts, so that
  /// what is left of them at the last cells is exact.
  left: f32,
  top: f32,
  right: f32,
  bottom: f32,
  right_low: f32,
  bottom_low: f32,
}

/// max(CIoU, 0) as bits. @param box distances of the prediction, pixels @param step from the row's first cell
fn overlap_of(row: Row, box: vec4<f32>, special: u32, anchor: u32, step: vec2<f32>) -> u32 {
  let near = vec2(row.left, row.top) + step;
  let far = (vec2(row.right, row.bottom) - step) + vec2(row.right_low, row.bottom_low);
  let ciou = similarity(CIOU, box, vec4(near, far)).value;
  return bits_or_nan(max(ciou, 0.0), special != 0u || special_of(bitcast<u32>(ciou)) != 0u);
}
