import * as tf from '@tensorflow/tfjs';

const EPSILON = 1e-7;

/**
 * Complete IoU of boxes whose leading axes broadcast (Zheng et al., arXiv:1911.08287), with its trade-off α held constant.
 *
 * @param {tf.Tensor} a [..., 4], xyxy
 * @param {tf.Tensor} b [..., 4], same format and units
 * @returns {tf.Tensor} [...]
 */
export function ciou(a, b) {
  const [ax1, ay1, ax2, ay2] = tf.unstack(a, -1);
  const [bx1, by1, bx2, by2] = tf.unstack(b, -1);
  const [aWidth, aHeight] = [ax2.sub(ax1), ay2.sub(ay1)];
  const [bWidth, bHeight] = [bx2.sub(bx1), by2.sub(by1)];
  const common = tf
    .relu(tf.minimum(ax2, bx2).sub(tf.maximum(ax1, bx1)))
    .mul(tf.relu(tf.minimum(ay2, by2).sub(tf.maximum(ay1, by1))));
  const union = aWidth.mul(aHeight).add(bWidth.mul(bHeight)).sub(common).add(EPSILON);
  const iou = common.div(union);

  const hullWidth = tf.maximum(ax2, bx2).sub(tf.minimum(ax1, bx1));
  const hullHeight = tf.maximum(ay2, by2).sub(tf.minimum(ay1, by1));
  const diagonal = hullWidth.square().add(hullHeight.square()).add(EPSILON);
  const distance = ax1.add(ax2).sub(bx1).sub(bx2).square();
  const apart = distance.add(ay1.add(ay2).sub(by1).sub(by2).square()).div(4).div(diagonal);

  const angle = tf
    .atan(aWidth.div(aHeight.add(EPSILON)))
    .sub(tf.atan(bWidth.div(bHeight.add(EPSILON))));
  const v = angle.square().mul(4 / Math.PI ** 2);
  const alpha = constant(() => v.div(v.sub(iou).add(1 + EPSILON)));
  return iou.sub(apart).sub(alpha.mul(v));
}

/**
 * Copy of a tensor at which gradients stop: TensorFlow.js has no stopGradient, but records no operations inside tf.customGrad.
 *
 * @param {() => tf.Tensor} compute
 */
export function constant(compute) {
  return tf.customGrad(() => ({ value: compute(), gradFunc: () => [] }))();
}
