// import lib/dispatch

/// Uniforms of `gather` and `scatter`. The values of an anchor, its column, are `stride` apart in a tensor; gathered values
/// are [channels, pitch].
struct ColumnsUniforms {
  /// First element of the tensor in its binding.
  base: u32,
  stride: u32,
  channels: u32,
  pitch: u32,
  /// Columns of the dispatch in the list.
  first: u32,
  count: u32,
}

/// Values of one anchor.
struct Column {
  /// Element of the tensor that holds the first channel.
  start: u32,
  /// Index among the gathered columns.
  slot: u32,
}
