// Adds up all partial sums: three sums, each in two parts, and the flags. One workgroup, fixed order.

struct Task {
  count: u32,
  /// 0, which the compiler cannot know.
  zero: u32,
}

@group(0) @binding(0) var<uniform> task: Task;
/// f32 bits of three sums, and flags.
@group(0) @binding(1) var<storage, read> partials: array<vec4<u32>>;
/// High parts and flags, then low parts.
@group(0) @binding(2) var<storage, read_write> sums: array<vec4<u32>, 2>;

var<workgroup> shared_high: array<vec3<f32>, WORKGROUP>;
var<workgroup> shared_low: array<vec3<f32>, WORKGROUP>;
var<workgroup> shared_flags: array<u32, WORKGROUP>;

/// The value as it was rounded: no compiler can see through it and cancel what was rounded away.
fn rounded(value: vec3<f32>) -> vec3<f32> {
  return bitcast<vec3<f32>>(bitcast<vec3<u32>>(value) ^ vec3(task.zero));
}

/// What a + b rounds away. Source: Knuth, The Art of Computer Programming, vol. 2, 4.2.2.
fn lost(a: vec3<f32>, b: vec3<f32>, sum: vec3<f32>) -> vec3<f32> {
  let b_seen = rounded(sum - a);
  return (a - rounded(sum - b_seen)) + (b - b_seen);
}

@compute @workgroup_size(WORKGROUP)
fn main(@builtin(local_invocation_index) lane: u32) {
  var high = vec3(0.0);
  var low = vec3(0.0);
  var flags = 0u;
  for (var i = lane; i < task.count; i += WORKGROUP) {
    let partial = partials[i];
    let value = bitcast<vec3<f32>>(partial.xyz);
    let sum = rounded(high + value);
    low += lost(high, value, sum);
    high = sum;
    flags |= partial.w;
  }
  shared_high[lane] = high;
  shared_low[lane] = low;
  shared_flags[lane] = flags;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      let a = shared_high[lane];
      let b = shared_high[lane + half];
      let sum = rounded(a + b);
      shared_low[lane] += shared_low[lane + half] + lost(a, b, sum);
      shared_high[lane] = sum;
      shared_flags[lane] |= shared_flags[lane + half];
    }
  }
  if (lane == 0u) {
    sums[0] = vec4(bitcast<vec3<u32>>(shared_high[0]), shared_flags[0]);
    sums[1] = vec4(bitcast<vec3<u32>>(shared_low[0]), 0u);
  }
}
