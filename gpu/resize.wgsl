// import lib/dispatch
// import lib/ieee
// import lib/taps
// Resizes planes bilinearly. NaN and infinity spread as in IEEE 754, also from pixels of weight 0.

@group(0) @binding(0) var<uniform> task: ResizeUniforms;
@group(0) @binding(1) var<storage, read> planes: array<u32>;
@group(0) @binding(2) var<storage, read_write> resized: array<u32>;

fn mixed(first: u32, second: u32, share: f32) -> u32 {
  if (special_of(first) == 0u && special_of(second) == 0u) {
    return bitcast<u32>(bitcast<f32>(first) * (1.0 - share) + bitcast<f32>(second) * share);
  }
  return sum_bits(
    product_bits(first, bitcast<u32>(1.0 - share)),
    product_bits(second, bitcast<u32>(share)),
  );
}

fn row_of(start: u32, x: Taps) -> u32 {
  return mixed(planes[start + x.first], planes[start + x.second], x.share);
}

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(workgroup) * WORKGROUP + lane;
  let area = task.new_height * task.new_width;
  if (i >= task.planes * area) { return; }
  let y = taps_of(i % area / task.new_width, task.height, task.new_height);
  let x = taps_of(i % task.new_width, task.width, task.new_width);
  let plane = task.base + i / area * task.height * task.width;
  let top = row_of(plane + y.first * task.width, x);
  let bottom = row_of(plane + y.second * task.width, x);
  resized[i] = mixed(top, bottom, y.share);
}
