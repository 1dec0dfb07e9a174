// import lib/dispatch
// Writes zeros to every element of a tensor. A buffer copy would need a usage that a caller's buffer may lack.

struct ZerosUniforms {
  base: u32,
  count: u32,
  threads: u32,
}

@group(0) @binding(0) var<uniform> task: ZerosUniforms;
@group(0) @binding(1) var<storage, read_write> tensor: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  // Neighbouring threads write neighbouring memory
  let first = workgroup_index(workgroup) * WORKGROUP + lane;
  if (first >= task.threads) { return; }
  for (var i = first; i < task.count; i += task.threads) { tensor[task.base + i] = 0u; }
}
