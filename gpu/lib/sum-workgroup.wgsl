var<workgroup> shared_sums: array<f32, WORKGROUP>;

/// Sum over the workgroup, by halves; thread 0 has it. The order is fixed.
fn workgroup_sum(value: f32, lane: u32, subgroup_lane: u32, subgroup_size: u32) -> f32 {
  shared_sums[lane] = value;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { shared_sums[lane] += shared_sums[lane + half]; }
  }
  let total = shared_sums[0];
  workgroupBarrier();
  return total;
}
