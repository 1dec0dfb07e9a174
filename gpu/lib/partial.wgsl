// import lib/sum
// import lib/sums
// Partial sums of class, box, distance and angle loss, and their flags. Plain losses have flags of lib/bits instead.

const CLS_NAN = 1u;
const CLS_INFINITE = 2u;
/// The box loss or the angle loss is NaN.
const BOX_NAN = 4u;
const DFL_NAN = 8u;
const DFL_INFINITE = 16u;

var<workgroup> shared_flags: atomic<u32>;

/// Thread 0 stores its sums and the flags of all threads. Uses `partials` of the pass.
///
/// @param is_used false in workgroups that only fill up the last row of a dispatch: they have no slot
fn store_partial(slot: u32, sums: vec4<f32>, flags: u32, lane: u32, is_used: bool) {
  if (flags != 0u) { atomicOr(&shared_flags, flags); }
  workgroupBarrier();
  if (lane == 0u && is_used) {
    partials[slot] = Partial(bitcast<vec4<u32>>(sums), atomicLoad(&shared_flags));
  }
}
