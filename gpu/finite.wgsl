// import lib/bits
// import lib/walk
// Finds the first element of one level that is NaN or infinite.

struct FiniteUniforms {
  walk: Walk,
  slot: u32,
}

@group(0) @binding(0) var<uniform> level: FiniteUniforms;
@group(0) @binding(1) var<storage, read> logits: array<u32>;
/// Complement of the lowest index in the level, of each slot; 0: none was found.
@group(0) @binding(2) var<storage, read_write> found: array<atomic<u32>>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let start = start_of(level.walk, workgroup_index(workgroup) * WORKGROUP + lane);
  var at = start.at;
  for (var k = 0u; k < start.count; k++) {
    if (special_of(logits[level.walk.base + at]) != 0u) { atomicMax(&found[level.slot], ~at); }
    at += level.walk.step;
  }
}
