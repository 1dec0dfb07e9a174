// What the passes of plain losses have in common: a part of the tensors, and where it is read and written.

struct Part {
  /// Elements, rows or boxes.
  count: u32,
  input_base: u32,
  target_base: u32,
  grad_base: u32,
  /// Of the values, which are stored where `has_values` is 1.
  value_base: u32,
  has_values: u32,
  /// Of the part's first partial sum.
  slot: u32,
  /// Of the slopes.
  scale: f32,
}

@group(0) @binding(1) var<storage, read> inputs: array<u32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> grads: array<u32>;
@group(0) @binding(4) var<storage, read_write> values: array<u32>;
@group(0) @binding(5) var<storage, read_write> partials: array<vec4<u32>>;
