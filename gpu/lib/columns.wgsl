// import lib/dispatch

/// Values of some anchors: those of a column are `stride` apart in a tensor; alone they are [channels, pitch].
struct Columns {
  /// Of the tensor in its binding.
  base: u32,
  stride: u32,
  channels: u32,
  pitch: u32,
  /// In the list of columns.
  first: u32,
  count: u32,
}

struct Column {
  /// Its first channel in the tensor.
  start: u32,
  /// Where it is alone.
  slot: u32,
}
