// import lib/bits
// import lib/dispatch
// import lib/taps
// Gradient of `resize`: a thread takes one pixel of the planes and adds up those of the resized planes that read it.

@group(0) @binding(0) var<uniform> task: ResizeUniforms;
/// f32 bits of the gradient with respect to the resized planes.
@group(0) @binding(1) var<storage, read> resized: array<u32>;
@group(0) @binding(2) var<storage, read_write> grads: array<u32>;

/// Range of the pixels of a resized axis that may read pixel `at`, the end excluded: it has one more on either side. All in
/// front of the first pixel read that one, and the second with weight 0.
fn readers_of(at: u32, before: u32, after: u32) -> vec2<u32> {
  let low = (2u * max(at, 1u) - 1u) * after / (2u * before);
  let high = (2u * at + 3u) * after / (2u * before) + 2u;
  return vec2(select(max(low, 1u) - 1u, 0u, at <= 1u), select(min(high, after), after, at + 1u == before));
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(workgroup) * WORKGROUP + lane;
  let area = task.height * task.width;
  if (i >= task.planes * area) { return; }
  let at = vec2(i % task.width, i % area / task.width);
  let rows = readers_of(at.y, task.height, task.new_height);
  let columns = readers_of(at.x, task.width, task.new_width);
  let plane = i / area * task.new_height * task.new_width;
  var sum = 0.0;
  var nan = false;
  for (var y = rows.x; y < rows.y; y++) {
    let down = taps_of(y, task.height, task.new_height);
    if (!reads(down, at.y)) { continue; }
    var row = 0.0;
    for (var x = columns.x; x < columns.y; x++) {
      let across = taps_of(x, task.width, task.new_width);
      if (!reads(across, at.x)) { continue; }
      let bits = resized[plane + y * task.new_width + x];
      nan = nan || special_of(bits) != 0u;
      row += weight_of(across, at.x) * finite(bits);
    }
    sum += weight_of(down, at.y) * row;
  }
  grads[task.base + i] = bits_or_nan(sum, nan);
}
