// import lib/columns
// Gathers the values of some anchors in a tensor of their own, one value per thread.

@group(0) @binding(0) var<uniform> task: ColumnsUniforms;
@group(0) @binding(1) var<storage, read> tensor: array<u32>;
@group(0) @binding(2) var<storage, read> columns: array<Column>;
@group(0) @binding(3) var<storage, read_write> values: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(workgroup) * WORKGROUP + lane;
  if (i >= task.count * task.channels) { return; }
  let column = columns[task.first + i % task.count];
  let channel = i / task.count;
  values[channel * task.pitch + column.slot] = tensor[task.base + column.start + channel * task.stride];
}
