// import lib/dispatch

/// How threads share the elements of one level: K each, a constant step apart, so that neighbouring
/// threads read neighbouring memory and no element costs a division. All is counted in elements, or in fours of them: see lib/lanes.
///
/// NCHW: an image's elements are one run of `end`; thread `minor` of the image takes every `pitch`-th.
/// NHWC: a row of channels a cell; thread (`major`, `minor`) takes channel `minor` of every `pitch`-th cell.
struct Walk {
  threads: u32,
  /// Threads that share a major index.
  span: u32,
  major_stride: u32,
  /// Elements from one that a thread takes to the next, in memory and by position.
  step: u32,
  pitch: u32,
  end: u32,
  /// 1: position is counted in `minor`; 0: in `major`.
  planar: u32,
  /// First element of the level in its binding.
  base: u32,
}

struct Start {
  at: u32,
  /// At most K.
  count: u32,
  minor: u32,
}

fn start_of(walk: Walk, thread: u32) -> Start {
  if (thread >= walk.threads) { return Start(0u, 0u, 0u); }
  let major = thread / walk.span;
  let minor = thread % walk.span;
  let position = select(major, minor, walk.planar == 1u);
  let left = (max(walk.end, position) - position + walk.pitch - 1u) / walk.pitch;
  return Start(major * walk.major_stride + minor, min(left, K), minor);
}
