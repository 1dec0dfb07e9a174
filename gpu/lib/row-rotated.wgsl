// import lib/bits
// import lib/turned
// Candidates of rotated boxes, compared by ProbIoU.

/// A target's candidates in one row of the level's grid: a run of cells.
struct RotatedRow {
  /// Number of the level's pairs in rows before this one.
  first: u32,
  /// First of its pairs in `metrics`.
  slot: u32,
  columns: u32,
  first_cell: u32,
  image: u32,
  channel: u32,
  /// Offset of the first cell's centre from the target's, and the target's size, pixels.
  x: f32,
  y: f32,
  width: f32,
  height: f32,
  /// Angle of the target.
  angle: Angle,
}

alias Row = RotatedRow;

/// f32 bits [images, A], radians; they begin at `level.angle_base`.
@group(0) @binding(5) var<storage, read> angles: array<u32>;

/// max(ProbIoU, 0) as bits. @param box distances of the prediction, pixels @param step from the row's first cell
fn overlap_of(row: Row, box: vec4<f32>, special: u32, anchor: u32, step: vec2<f32>) -> u32 {
  let angle = angles[level.angle_base + anchor];
  let goal = Turned(-vec2(row.x, row.y) - step, vec2(row.width, row.height), row.angle);
  let value = fit_turned(box, angle, goal, 0.0).fit.value;
  let nan = (special | special_of(angle)) != 0u || special_of(bitcast<u32>(value)) != 0u;
  return bits_or_nan(max(value, 0.0), nan);
}
