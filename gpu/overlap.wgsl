// import lib/dispatch
// import lib/row
// Overlap and class logit of every candidate of every target on one level, one pair per thread. `lib/row` declares a row
// of candidates and compares upright or rotated boxes.

struct OverlapUniforms {
  base: u32,
  image_stride: u32,
  channel_stride: u32,
  cell_stride: u32,
  width: u32,
  stride: f32,
  first_anchor: u32,
  anchors: u32,
  first_row: u32,
  rows: u32,
  pairs: u32,
  /// Number of pairs of the chunk on all levels: the logits begin there in `metrics`.
  all_pairs: u32,
  /// Kind of similarity, for upright boxes.
  kind: u32,
  /// First of the group's angles in their binding; only for rotated boxes.
  angle_base: u32,
}

@group(0) @binding(0) var<uniform> level: OverlapUniforms;
@group(0) @binding(1) var<storage, read> logits: array<u32>;
@group(0) @binding(2) var<storage, read> rows: array<Row>;
/// f32 bits [images, A, 4], grid units.
@group(0) @binding(3) var<storage, read> distances: array<u32>;
/// f32 bits: overlaps of all pairs, max(similarity, 0), and behind them their class logits.
@group(0) @binding(4) var<storage, read_write> metrics: array<u32>;

/// Index of the row that holds a pair of the level.
fn row_of(pair: u32) -> u32 {
  var low = level.first_row;
  var high = level.first_row + level.rows;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (rows[middle].first <= pair) { low = middle; } else { high = middle; }
  }
  return low;
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let pair = workgroup_index(workgroup) * WORKGROUP + lane;
  if (pair >= level.pairs) { return; }
  let row = rows[row_of(pair)];
  let i = pair - row.first;
  let x = i % row.columns;
  let y = i / row.columns;
  let cell = row.first_cell + y * level.width + x;
  let anchor = row.image * level.anchors + level.first_anchor + cell;
  let at = anchor * 4u;
  let bits = vec4(distances[at], distances[at + 1u], distances[at + 2u], distances[at + 3u]);
  let special = special_of(bits.x) | special_of(bits.y) | special_of(bits.z) | special_of(bits.w);
  let box = vec4(finite(bits.x), finite(bits.y), finite(bits.z), finite(bits.w)) * level.stride;
  let step = vec2(f32(x), f32(y)) * level.stride;
  metrics[row.slot + i] = overlap_of(row, box, special, anchor, step);
  metrics[level.all_pairs + row.slot + i] = logits[level.base + row.image * level.image_stride
    + row.channel * level.channel_stride + cell * level.cell_stride];
}
