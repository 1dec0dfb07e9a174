/// Largest number of workgroups in a row of a dispatch that every device accepts.
const WORKGROUPS_A_ROW = 65535u;

/// Index of the workgroup over all rows.
fn workgroup_index(workgroup: vec3<u32>) -> u32 {
  return workgroup.y * WORKGROUPS_A_ROW + workgroup.x;
}
