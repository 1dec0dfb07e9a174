// import lib/dispatch
// import lib/expectation
// Distances of one level's candidates. A thread computes one side, and reads box channels of candidates only.

struct DflUniforms {
  base: u32,
  image_stride: u32,
  channel_stride: u32,
  cell_stride: u32,
  images: u32,
  cells: u32,
  first_anchor: u32,
  anchors: u32,
}

@group(0) @binding(0) var<uniform> level: DflUniforms;
@group(0) @binding(1) var<storage, read> logits: array<u32>;
/// u8 [images, A]: 1 for a candidate.
@group(0) @binding(2) var<storage, read> cover: array<u32>;
/// f32 bits [images, A, 4], grid units; arbitrary at other anchors.
@group(0) @binding(3) var<storage, read_write> distances: array<u32>;

@compute @workgroup_size(WORKGROUP)
fn main(
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(local_invocation_index) lane: u32,
) {
  let i = workgroup_index(workgroup) * WORKGROUP + lane;
  if (i >= level.images * level.cells * 4u) { return; }
  // Neighbouring threads read neighbouring memory: cells if the layout is planar, else sides.
  let planar = level.cell_stride == 1u;
  let image = i / (level.cells * 4u);
  let rest = i % (level.cells * 4u);
  let side = select(rest % 4u, rest / level.cells, planar);
  let cell = select(rest / 4u, rest % level.cells, planar);
  let anchor = image * level.anchors + level.first_anchor + cell;
  if (((cover[anchor / 4u] >> (8u * (anchor % 4u))) & 0xffu) == 0u) { return; }
  let first = level.base + image * level.image_stride + side * R * level.channel_stride
    + cell * level.cell_stride;
  let mean = expectation(first, level.channel_stride);
  distances[anchor * 4u + side] = bits_or_nan(mean.distance, (mean.special & IS_NAN) != 0u);
}
