/// An angle modulo a turn, in units of 2^−30 quarter turns, and a signed rest in units of 2^−54. Differences wrap, and are
/// exact.
struct Angle {
  coarse: u32,
  fine: u32,
}

/// The first 192 bits of 2/π.
var<private> two_over_pi: array<u32, 6> = array(0xa2f9836eu, 0x4e441529u, 0xfc2757d1u, 0xf534ddc0u, 0xdb629599u, 0x3c439041u);

/// mantissa · 2/π · 2^shift modulo 2^32. A 24-bit mantissa times a byte fits a word.
fn quarters(mantissa: u32, shift: i32) -> u32 {
  var sum = 0u;
  let first = max((shift - 32) >> 3u, 0);
  for (var k = first; k < first + 8; k++) {
    let by = shift - 8 * (k + 1);
    if (by <= -32) { break; }
    let byte = (two_over_pi[k >> 2u] >> u32(24 - 8 * (k & 3))) & 0xffu;
    let product = mantissa * byte;
    sum += select(product >> u32(max(-by, 0)), product << u32(max(by, 0)), by >= 0);
  }
  return sum;
}

/// A float32 angle in radians, of any size, by its bits. Source: Payne and Hanek, Radian reduction for trigonometric
/// functions, 1983.
fn angle_of(bits: u32) -> Angle {
  let exponent = i32((bits >> 23u) & 0xffu) - 150;
  if (exponent == -150) { return Angle(0u, 0u); }
  let mantissa = (bits & 0x7fffffu) | 0x800000u;
  let coarse = quarters(mantissa, exponent + 30);
  let fine = quarters(mantissa, exponent + 54) - (coarse << 24u);
  if ((bits >> 31u) == 1u) { return Angle(0u - coarse, 0u - fine); }
  return Angle(coarse, fine);
}

/// The angle from b to a.
fn turn_between(a: Angle, b: Angle) -> Angle {
  return Angle(a.coarse - b.coarse, a.fine - b.fine);
}

/// Cosine and sine, by series on [−π/4, π/4], with an absolute error of 6e-8; that of WGSL's own functions is 2^−11,
/// within ±π only.
fn cos_sin(angle: Angle) -> vec2<f32> {
  let quarter = (angle.coarse + 0x20000000u) >> 30u;
  let rest = f32(bitcast<i32>(angle.coarse - (quarter << 30u))) + f32(bitcast<i32>(angle.fine)) * 5.96046448e-8;
  let f = rest * 1.46291808e-9; // π/2 · 2^−30
  let z = f * f;
  let sine = f + f * z * (-1.66666667e-1 + z * (8.33333333e-3 + z * (-1.98412698e-4 + z * 2.75573192e-6)));
  let cosine = 1.0 - z * (0.5 - z * (4.16666667e-2 - z * (1.38888889e-3 - z * (2.48015873e-5 - z * 2.75573192e-7))));
  let turned = select(vec2(cosine, sine), vec2(-sine, cosine), (quarter & 1u) == 1u);
  return select(turned, -turned, quarter >= 2u);
}
