// import lib/enclosed

/// Most that the loss is of boxes that are not inside out.
fn most_loss(kind: u32) -> f32 {
  switch kind {
    case IOU: { return 1.0; }
    case GIOU, DIOU: { return 2.0; }
    case EIOU: { return 4.0; }
    default: { return 3.0; }
  }
}

/// Similarity of two upright boxes, of any kind but ProbIoU; that of a prediction that is inside out is at least the least
/// of other boxes. Boxes are given as for `similarity`.
fn similarity_of(kind: u32, box: vec4<f32>, goal: vec4<f32>) -> Similarity {
  let own = formula_of(kind, box, goal);
  let most = most_loss(kind);
  let is_inside_out = any(box.xy + box.zw < vec2(0.0));
  if (!(is_inside_out && own.loss > most)) { return own; }
  return Similarity(1.0 - most, most, vec4(0.0));
}

fn formula_of(kind: u32, box: vec4<f32>, goal: vec4<f32>) -> Similarity {
  if (kind == EIOU) { return with_size_penalties(similarity(DIOU, box, goal), box, goal); }
  if (kind == SIOU) { return with_angle_costs(similarity(IOU, box, goal), box, goal); }
  return similarity(kind, box, goal);
}
