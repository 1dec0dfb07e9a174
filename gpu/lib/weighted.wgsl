// Weights of a class loss, by class and by anchor. A logit of weight 0 has no loss, whatever it is. Uses `level` of the pass,
// which takes one element at a time.

const WEIGHTED = true;

/// [C] weights of the classes, and behind them [images, A] weights of the anchors.
@group(0) @binding(4) var<storage, read> weights: array<f32>;

/// Weight of a class logit. @param at element, counted from the first class logit of the level
fn weight_of(at: u32) -> f32 {
  let image = at / level.image_stride;
  let rest = at % level.image_stride;
  let is_planar = level.walk.planar == 1u;
  let first = select(rest / level.cell_stride, rest / level.channel_stride, is_planar);
  let second = select(rest % level.cell_stride, rest % level.channel_stride, is_planar);
  let cls = select(second, first, is_planar);
  let cell = select(first, second, is_planar);
  let anchor = image * level.anchors + level.first_anchor + cell;
  return weights[cls] * weights[level.classes + anchor];
}
