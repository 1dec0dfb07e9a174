// import lib/sums
// Adds up all partial sums in one workgroup, in a fixed order.

struct FoldUniforms {
  /// Number of partial sums.
  count: u32,
  /// Always 0, but the compiler cannot know that.
  zero: u32,
}

/// Four sums, each in two parts, and the flags of all partial sums.
struct Sums {
  high: vec4<f32>,
  low: vec4<f32>,
  flags: u32,
}

/// Number of threads with sums in workgroup memory at a time. With all threads, SwiftShader compiles for a second.
const SHARED = min(WORKGROUP, 64u);

@group(0) @binding(0) var<uniform> task: FoldUniforms;
@group(0) @binding(1) var<storage, read> partials: array<Partial>;
@group(0) @binding(2) var<storage, read_write> sums: Sums;

var<workgroup> shared_sums: array<Sums, SHARED>;

/// The rounded value. A compiler cannot see through it, so it cannot cancel the rounding.
fn rounded(value: vec4<f32>) -> vec4<f32> {
  return bitcast<vec4<f32>>(bitcast<vec4<u32>>(value) ^ vec4(task.zero));
}

/// Rounding error of a + b. Source: Knuth, The Art of Computer Programming, vol. 2, 4.2.2.
fn lost(a: vec4<f32>, b: vec4<f32>, sum: vec4<f32>) -> vec4<f32> {
  let b_seen = rounded(sum - a);
  return (a - rounded(sum - b_seen)) + (b - b_seen);
}

fn add(a: Sums, b: Sums) -> Sums {
  let high = rounded(a.high + b.high);
  return Sums(high, a.low + (b.low + lost(a.high, b.high, high)), a.flags | b.flags);
}

/// Adds, in the `count` threads from `first` on, the sums of the `count` threads behind them; others keep `own`.
fn taken(own: Sums, first: u32, count: u32, lane: u32) -> Sums {
  var all = own;
  if (lane >= first + count && lane < first + 2u * count) { shared_sums[lane - first - count] = own; }
  workgroupBarrier();
  if (lane >= first && lane < first + count) { all = add(own, shared_sums[lane - first]); }
  workgroupBarrier();
  return all;
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var own = Sums();
  for (var i = lane; i < task.count; i += WORKGROUP) {
    let partial = partials[i];
    own = add(own, Sums(bitcast<vec4<f32>>(partial.sums), vec4(0.0), partial.flags));
  }
  for (var first = WORKGROUP - SHARED; first > 0u; first -= SHARED) {
    own = taken(own, first - SHARED, SHARED, lane);
  }
  for (var half = SHARED / 2u; half > 0u; half /= 2u) { own = taken(own, 0u, half, lane); }
  if (lane == 0u) { sums = own; }
}
