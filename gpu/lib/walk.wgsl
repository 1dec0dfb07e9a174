// import lib/dispatch

/// Distribution of a level's elements over threads. Each thread takes about as many, a constant step apart, so that
/// neighbouring threads read neighbouring memory and no element costs a division. All fields count elements, or vectors
/// of four (lib/lanes).
///
/// NCHW: an image's elements are one run; thread `minor` of the image takes every `span`-th.
/// NHWC: a cell has one row of channels; thread (`major`, `minor`) takes channel `minor` of some of the cells.
struct Walk {
  threads: u32,
  /// Number of threads that share a major index.
  span: u32,
  major_stride: u32,
  /// Distance between two elements that a thread takes one after the other.
  step: u32,
  /// Number of elements that every thread takes; threads at positions below `more` take one more.
  count: u32,
  more: u32,
  /// 1: the position of a thread is its `minor` index; 0: its `major` index.
  planar: u32,
  /// First element of the level in its binding.
  base: u32,
}

/// First element of a thread, counted from `base`, and number of its elements.
struct Start {
  at: u32,
  count: u32,
}

fn start_of(walk: Walk, thread: u32) -> Start {
  if (thread >= walk.threads) { return Start(0u, 0u); }
  let major = thread / walk.span;
  let minor = thread - major * walk.span;
  let position = select(major, minor, walk.planar == 1u);
  let count = walk.count + select(0u, 1u, position < walk.more);
  return Start(major * walk.major_stride + minor, count);
}
