// import lib/dispatch

/// How threads share the elements of one level: about as many each, a constant step apart, so that neighbouring
/// threads read neighbouring memory and no element costs a division. All is counted in elements, or in fours of them: see lib/lanes.
///
/// NCHW: an image's elements are one run; thread `minor` of the image takes every `span`-th.
/// NHWC: a row of channels a cell; thread (`major`, `minor`) takes channel `minor` of some of the cells.
struct Walk {
  threads: u32,
  /// Threads that share a major index.
  span: u32,
  major_stride: u32,
  /// Elements from one that a thread takes to the next.
  step: u32,
  /// How many every thread takes, and before which position one more.
  count: u32,
  more: u32,
  /// 1: position is counted in `minor`; 0: in `major`.
  planar: u32,
  /// First element of the level in its binding.
  base: u32,
}

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
