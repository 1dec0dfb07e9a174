/// Number of threads that share a partial sum: those of the device's smallest subgroup.
const SHARERS = LEAST_SUBGROUP;
var<workgroup> shared_sums: array<f32, WORKGROUP / LEAST_SUBGROUP>;

/// Sum over the subgroup by a butterfly, so that all threads have it. The order is fixed.
fn subgroup_sum(value: f32, subgroup_size: u32) -> f32 {
  var sum = value;
  for (var apart = 1u; apart < min(subgroup_size, WORKGROUP); apart *= 2u) {
    sum += subgroupShuffleXor(sum, apart);
  }
  return sum;
}

/// Sum over threads that share a partial sum; the first of them has it. A larger subgroup has its whole sum in its first
/// part.
fn shared_sum(value: f32, lane: u32, subgroup_lane: u32, subgroup_size: u32) -> f32 {
  return select(0.0, subgroup_sum(value, subgroup_size), subgroup_lane == 0u);
}

/// Flags of threads that share a partial sum.
fn shared_or(flags: u32, subgroup_size: u32) -> u32 {
  var all = flags;
  for (var apart = 1u; apart < min(subgroup_size, WORKGROUP); apart *= 2u) {
    all |= subgroupShuffleXor(all, apart);
  }
  return all;
}

/// Sum over the workgroup, within subgroups, then over them one by one; thread 0 has it.
fn workgroup_sum(value: f32, lane: u32, subgroup_lane: u32, subgroup_size: u32) -> f32 {
  let sum = subgroup_sum(value, subgroup_size);
  if (subgroup_lane == 0u) { shared_sums[lane / subgroup_size] = sum; }
  workgroupBarrier();
  var total = 0.0;
  if (lane == 0u) {
    for (var i = 0u; i < max(WORKGROUP / subgroup_size, 1u); i++) { total += shared_sums[i]; }
  }
  workgroupBarrier();
  return total;
}
