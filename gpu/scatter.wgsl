// import lib/columns
// Writes the values of some anchors to their places in a tensor, one value per thread: the inverse of `gather`.

@group(0) @binding(0) var<uniform> task: ColumnsUniforms;
@group(0) @binding(1) var<storage, read_write> tensor: array<u32>;
@group(0) @binding(2) var<storage, read> columns: array<Column>;
@group(0) @binding(3) var<storage, read> values: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(workgroup) * WORKGROUP + lane;
  if (i >= task.count * task.channels) { return; }
  let column = columns[task.first + i % task.count];
  let channel = i / task.count;
  tensor[task.base + column.start + channel * task.stride] = values[channel * task.pitch + column.slot];
}
