// One element at a time.
const LANES = 1u;
alias Real = f32;
alias Int = i32;
alias Word = u32;
alias Bool = bool;

fn total(x: Real) -> f32 {
  return x;
}

fn largest_of(x: Word) -> u32 {
  return x;
}

fn lane_of(x: Word, lane: u32) -> u32 {
  return x;
}
