/// Sums of one workgroup, as bits of f32, and flags of sums that these bits cannot hold.
struct Partial {
  /// In criteria: class, box, distance and angle loss.
  sums: vec4<u32>,
  flags: u32,
}
