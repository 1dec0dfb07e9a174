// import lib/enclosed

/// Similarity of two upright boxes, of any kind but ProbIoU. Boxes are given as for `similarity`.
fn similarity_of(kind: u32, box: vec4<f32>, goal: vec4<f32>) -> Similarity {
  if (kind == EIOU) { return with_size_penalties(similarity(DIOU, box, goal), box, goal); }
  if (kind == SIOU) { return with_angle_costs(similarity(IOU, box, goal), box, goal); }
  return similarity(kind, box, goal);
}
