// import lib/dispatch
// import lib/ieee
// import lib/part
// import lib/partial
// import lib/rows
// Multiclass hinge loss of every row, Σ over classes c ≠ y of factor · max(0, margin − x[y] + x[c])^p, and its gradient,
// which is 0 at a margin violation of 0. Source: PyTorch, multi_margin_loss.

struct MultiMarginUniforms {
  /// Part of the rows. Input is [rows, classes], targets are classes y, [rows].
  @size(48) part: Part,
  classes: u32,
  /// 1: p is 2; 0: p is 1.
  is_squared: u32,
  margin: f32,
  /// 1 / the unit of the margin and of differences.
  shrink: f32,
}

@group(0) @binding(0) var<uniform> task: MultiMarginUniforms;
/// [classes], by y.
@group(0) @binding(6) var<storage, read> factors: array<f32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
  SUBGROUP_BUILTINS
) {
  let group = workgroup_index(workgroup);
  let row = group * ROWS_A_GROUP + lane / ROW_THREADS;
  let own = min(row, task.part.count - 1u);
  let first_class = lane % ROW_THREADS;
  let classes = select(0u, task.classes, row < task.part.count);
  let start = row * task.classes;
  let y = targets[task.part.target_base + own];
  let own_bits = inputs[task.part.input_base + own * task.classes + y];
  let factor = bitcast<u32>(factors[y]);

  // Sums of finite values and gradients; numbers of infinite values and of NaN
  var sums = vec4(0.0);
  var infinite_slopes = 0.0;
  for (var c = first_class; c < classes; c += ROW_THREADS) {
    if (c == y) { continue; }
    // The difference first: a small margin would be lost in a large x
    let difference = sum_bits(inputs[task.part.input_base + start + c], negated(own_bits));
    let shortfall = sum_bits(bitcast<u32>(task.margin), product_bits(difference, bitcast<u32>(task.shrink)));
    var slope = 0u;
    if (is_positive(shortfall)) {
      let value = select(shortfall, product_bits(shortfall, shortfall), task.is_squared == 1u);
      slope = select(ONE_BITS, sum_bits(shortfall, shortfall), task.is_squared == 1u);
      if (special_of(value) == 0u) { sums.x += bitcast<f32>(value); } else { sums.z += 1.0; }
      if (special_of(slope) == 0u) { sums.y += bitcast<f32>(slope); } else { infinite_slopes += 1.0; }
    } else if (is_nan(shortfall)) {
      sums.w += 1.0;
    }
    store_grad(start + c, product_bits(product_bits(slope, factor), bitcast<u32>(task.part.scale)));
  }
  sums = row_sum(sums, lane);
  infinite_slopes = row_sum(vec4(infinite_slopes, 0.0, 0.0, 0.0), lane).x;
  var bits = bitcast<u32>(sums.x);
  if (sums.z > 0.0) { bits = INFINITY_BITS; }
  if (sums.w > 0.0) { bits = NAN_BITS; }
  bits = product_bits(bits, factor);
  let is_mine = row < task.part.count && first_class == 0u;
  if (is_mine) {
    let slopes = select(bitcast<u32>(sums.y), INFINITY_BITS, infinite_slopes > 0.0);
    let scaled = product_bits(product_bits(negated(slopes), factor), bitcast<u32>(task.part.scale));
    store_grad(start + y, scaled);
    store_value(row, bits);
  }
  let special = select(0u, special_of(bits), is_mine);
  let sum = workgroup_sum(select(0.0, finite(bits), is_mine && special == 0u), lane, SUBGROUP_LANE, SUBGROUP_SIZE);
  store_partial(task.part.slot + group, vec4(sum, 0.0, 0.0, 0.0), special, lane, group * ROWS_A_GROUP < task.part.count);
}
