/// Sums of one workgroup, as bits of f32, and flags of sums that these bits cannot hold.
struct Partial {
  /// In criteria: class loss, box loss and DFL.
  sums: vec3<u32>,
  flags: u32,
}
