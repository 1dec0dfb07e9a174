// Passes that take four neighbouring elements at a time. All strides and places are multiples of four.
const LANES = 4u;
alias Real = vec4<f32>;
alias Int = vec4<i32>;
alias Word = vec4<u32>;
alias Bool = vec4<bool>;

fn total(x: Real) -> f32 {
  return (x.x + x.y) + (x.z + x.w);
}

fn first_of(x: Real) -> f32 {
  return x.x;
}

fn largest_of(x: Int) -> i32 {
  return max(max(x.x, x.y), max(x.z, x.w));
}

/// (1 + product) · Π(1 + e) − 1, which loses no small e. @param rest 1 + e
fn compound(product: f32, e: Real, rest: Real) -> f32 {
  var result = product * rest.x + e.x;
  result = result * rest.y + e.y;
  result = result * rest.z + e.z;
  return result * rest.w + e.w;
}

fn lane_of(x: Word, lane: u32) -> u32 {
  return x[lane];
}
