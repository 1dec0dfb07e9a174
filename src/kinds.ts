/** Names that the API, the kernels and the shaders share. The build numbers each list in its order for the latter two. */

/** Similarities of upright boxes that the assignment can use: they are at most 1, and cheap. */
export const OVERLAP_KINDS = ['iou', 'giou', 'diou', 'ciou'] as const;
/** Similarity in the assignment: IoU (Jaccard), GIoU (arXiv:1902.09630), DIoU or CIoU (arXiv:1911.08287). */
export type OverlapKind = (typeof OVERLAP_KINDS)[number];

/** Similarities of upright boxes that a box loss can use. */
export const UPRIGHT_IOU_KINDS = [...OVERLAP_KINDS, 'eiou', 'siou'] as const;
/** Similarity of a box loss: an `OverlapKind`, EIoU (arXiv:2101.08158) or SIoU (arXiv:2205.12740). */
export type IouKind = (typeof UPRIGHT_IOU_KINDS)[number];

/** Similarities of two boxes, upright or rotated. */
export const IOU_KINDS = [...UPRIGHT_IOU_KINDS, 'probiou'] as const;
/** Similarity of two boxes: an `IouKind`, or ProbIoU (arXiv:2106.06072) of rotated boxes. */
export type BoxIouKind = (typeof IOU_KINDS)[number];

/** Class losses of a detector's anchors. */
export const CLASS_LOSS_KINDS = ['bce', 'varifocal', 'focal'] as const;

/** Forms of the target of a softmax cross-entropy. */
export const CLASS_TARGET_KINDS = ['indices', 'probabilities', 'bins'] as const;
