// No subgroup is smaller than 4.
var<workgroup> shared_sums: array<f32, WORKGROUP / 4>;

/// Sum over the workgroup, within subgroups by registers, then over them; thread 0 has it. The order is
/// fixed: a butterfly, then one by one.
fn workgroup_sum(value: f32, lane: u32, subgroup_lane: u32, subgroup_size: u32) -> f32 {
  var sum = value;
  for (var apart = 1u; apart < subgroup_size; apart *= 2u) {
    sum += subgroupShuffleXor(sum, apart);
  }
  if (subgroup_lane == 0u) { shared_sums[lane / subgroup_size] = sum; }
  workgroupBarrier();
  var total = 0.0;
  if (lane == 0u) {
    for (var i = 0u; i < WORKGROUP / subgroup_size; i++) { total += shared_sums[i]; }
  }
  workgroupBarrier();
  return total;
}
