/// Workgroups a row of a dispatch has at most: the least that every device takes.
const ROW = 65535u;

/// Index of the workgroup over all rows.
fn workgroup_index(workgroup: vec3<u32>) -> u32 {
  return workgroup.y * ROW + workgroup.x;
}
