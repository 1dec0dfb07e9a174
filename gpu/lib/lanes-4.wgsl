// Four neighbouring elements at a time, where everything is a multiple of four.
const LANES = 4u;
alias Real = vec4<f32>;
alias Int = vec4<i32>;
alias Word = vec4<u32>;
alias Bool = vec4<bool>;

fn total(x: Real) -> f32 {
  return (x.x + x.y) + (x.z + x.w);
}

fn largest_of(x: Word) -> u32 {
  return max(max(x.x, x.y), max(x.z, x.w));
}

fn lane_of(x: Word, lane: u32) -> u32 {
  return x[lane];
}
