// Reductions over a row by ROW_THREADS threads of a workgroup: one, or all of them. Each of them gets the result. The
// order is fixed.

const ROWS_A_GROUP = WORKGROUP / ROW_THREADS;

var<workgroup> shared_row: array<vec4<f32>, WORKGROUP>;
var<workgroup> shared_index: array<u32, WORKGROUP>;

fn row_sum(own: vec4<f32>, lane: u32) -> vec4<f32> {
  if (ROW_THREADS == 1u) { return own; }
  workgroupBarrier();
  shared_row[lane] = own;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { shared_row[lane] += shared_row[lane + half]; }
  }
  workgroupBarrier();
  return shared_row[0];
}

/// Largest value of a row.
struct Largest {
  value: f32,
  /// Index of the first element with that value.
  index: u32,
}

fn row_largest(own: Largest, lane: u32) -> Largest {
  if (ROW_THREADS == 1u) { return own; }
  workgroupBarrier();
  shared_row[lane].x = own.value;
  shared_index[lane] = own.index;
  for (var half = WORKGROUP / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      let other = shared_row[lane + half].x;
      let other_index = shared_index[lane + half];
      let mine = shared_row[lane].x;
      if (other > mine || (other == mine && other_index < shared_index[lane])) {
        shared_row[lane].x = other;
        shared_index[lane] = other_index;
      }
    }
  }
  workgroupBarrier();
  return Largest(shared_row[0].x, shared_index[0]);
}
