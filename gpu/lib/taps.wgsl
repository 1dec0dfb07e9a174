/// Both pixels that a pixel of a bilinearly resized axis reads, and the share of the second.
struct Taps {
  first: u32,
  second: u32,
  share: f32,
}

/// Taps of pixel i with aligned edges, (i + ½) · from/to − ½, at least 0. Integers keep the place exact.
fn taps_of(i: u32, before: u32, after: u32) -> Taps {
  let twice = i32((2u * i + 1u) * before) - i32(after);
  let place = u32(max(twice, 0));
  let first = min(place / (2u * after), before - 1u);
  let second = min(first + 1u, before - 1u);
  let share = f32(place - first * 2u * after) / f32(2u * after);
  return Taps(first, second, select(0.0, share, second > first));
}

/// Whether a pixel with these taps reads pixel `at`, be it with weight 0.
fn reads(taps: Taps, at: u32) -> bool {
  return taps.first == at || taps.second == at;
}

/// Weight of pixel `at` in a pixel with these taps.
fn weight_of(taps: Taps, at: u32) -> f32 {
  return select(0.0, 1.0 - taps.share, taps.first == at) + select(0.0, taps.share, taps.second == at);
}

/// Sizes of planes before and after they are resized.
struct ResizeUniforms {
  /// First element of the planes before resizing in their binding.
  base: u32,
  planes: u32,
  height: u32,
  width: u32,
  new_height: u32,
  new_width: u32,
}
