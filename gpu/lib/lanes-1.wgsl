// Passes that take one element at a time.
const LANES = 1u;
alias Real = f32;
alias Int = i32;
alias Word = u32;
alias Bool = bool;

fn total(x: Real) -> f32 {
  return x;
}

fn first_of(x: Real) -> f32 {
  return x;
}

fn largest_of(x: Int) -> i32 {
  return x;
}

/// (1 + product) · Π(1 + e) − 1, which loses no small e. @param rest 1 + e
fn compound(product: f32, e: Real, rest: Real) -> f32 {
  return product * rest + e;
}

fn lane_of(x: Word, lane: u32) -> u32 {
  return x;
}
