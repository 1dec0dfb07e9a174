/// Number of threads that share a partial sum.
const SHARERS = WORKGROUP;
var<workgroup> shared_sums: array<f32, WORKGROUP>;
var<workgroup> shared_all: atomic<u32>;

/// Number of threads that add up the values of the others, and then their own sums.
const ADDERS = 8u;

/// Sum over the workgroup. The order is fixed.
fn workgroup_sum(value: f32, lane: u32, subgroup_lane: u32, subgroup_size: u32) -> f32 {
  shared_sums[lane] = value;
  workgroupBarrier();
  if (lane < ADDERS) {
    for (var i = lane + ADDERS; i < WORKGROUP; i += ADDERS) { shared_sums[lane] += shared_sums[i]; }
  }
  workgroupBarrier();
  var total = shared_sums[0];
  for (var i = 1u; i < ADDERS; i++) { total += shared_sums[i]; }
  workgroupBarrier();
  return total;
}

/// Sum over threads that share a partial sum; the first of them has it.
fn shared_sum(value: f32, lane: u32, subgroup_lane: u32, subgroup_size: u32) -> f32 {
  return workgroup_sum(value, lane, subgroup_lane, subgroup_size);
}

/// Flags of threads that share a partial sum.
fn shared_or(flags: u32, subgroup_size: u32) -> u32 {
  if (flags != 0u) { atomicOr(&shared_all, flags); }
  workgroupBarrier();
  return atomicLoad(&shared_all);
}
