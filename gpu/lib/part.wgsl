// import lib/ieee
// import lib/sums
// Tensors of a plain loss, and the part of them that a dispatch processes. Uses `task` of the pass.

/// Part of the tensors. Uniform memory holds structs in multiples of 16 bytes, so members of this type have @size(48).
struct Part {
  /// Number of elements, rows or boxes.
  count: u32,
  /// First element of the part in each binding.
  input_base: u32,
  target_base: u32,
  grad_base: u32,
  value_base: u32,
  /// 1: values are stored; 0: they are not.
  has_values: u32,
  /// 1: gradients are added to the contents of `grads`; 0: they replace it.
  adds: u32,
  /// Index of the part's first partial sum.
  slot: u32,
  /// Factor of all gradients.
  scale: f32,
  /// Factor of stored values. Sums are in this unit.
  unit: f32,
}

@group(0) @binding(1) var<storage, read> inputs: array<u32>;
@group(0) @binding(2) var<storage, read> targets: array<u32>;
@group(0) @binding(3) var<storage, read_write> grads: array<u32>;
@group(0) @binding(4) var<storage, read_write> values: array<u32>;
@group(0) @binding(5) var<storage, read_write> partials: array<Partial>;

/// Stores the gradient of an element of the part, given by its bits, or adds it to the stored one.
fn store_grad(element: u32, bits: u32) {
  let at = task.part.grad_base + element;
  if (task.part.adds == 0u) { grads[at] = bits; } else { grads[at] = sum_bits(grads[at], bits); }
}

/// Stores a value of the part, given by its bits, if values are wanted.
fn store_value(element: u32, bits: u32) {
  if (task.part.has_values == 1u) { values[task.part.value_base + element] = product_bits(bits, bitcast<u32>(task.part.unit)); }
}
