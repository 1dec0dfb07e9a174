/** What every instance has. */
export interface AnyKernels {
  memory: WebAssembly.Memory;
  arenaBase(): number;
}

/** The exported kernels of the criteria; pointers are byte offsets into `memory`. See `assembly/` for each. */
export interface Kernels extends AnyKernels {
  prepareTargets(boxes: number, valid: number, count: number, width: number, height: number): void;
  candidates(
    boxes: number,
    valid: number,
    count: number,
    stride: number,
    height: number,
    width: number,
    cells: number,
    cover: number,
  ): number;
  decode(
    logits: number,
    binStride: number,
    cellStride: number,
    bins: number,
    sides: number,
    cells: number,
    cover: number,
    distances: number,
  ): void;
  overlap(
    distances: number,
    sidePitch: number,
    gridWidth: number,
    stride: number,
    cells: number,
    box: number,
    overlaps: number,
  ): number;
  align(
    logits: number,
    overlaps: number,
    count: number,
    alpha: number,
    beta: number,
    alignments: number,
  ): void;
  topk(alignments: number, count: number, k: number, chosen: number): number;
  vote(
    target: number,
    anchors: number,
    overlaps: number,
    count: number,
    chosen: number,
    chosenCount: number,
    votes: number,
    chooser: number,
    bestOverlap: number,
    bestTarget: number,
  ): void;
  resolve(
    votes: number,
    chooser: number,
    bestTarget: number,
    anchors: number,
    positives: number,
    owners: number,
  ): number;
  choose(
    levels: number,
    levelCount: number,
    distances: number,
    sidePitch: number,
    cells: number,
    cellsPitch: number,
    box: number,
    logits: number,
    alpha: number,
    beta: number,
    k: number,
    overlaps: number,
    alignments: number,
    chosen: number,
    rotated: number,
  ): number;
  alignPositives(
    logits: number,
    pitch: number,
    bins: number,
    count: number,
    targets: number,
    strides: number,
    classLogits: number,
    alpha: number,
    beta: number,
    overlaps: number,
    alignments: number,
    scratch: number,
    rotation: number,
  ): void;
  score(
    positives: number,
    owners: number,
    overlaps: number,
    alignments: number,
    count: number,
    largest: number,
    scores: number,
  ): number;
  background(
    logits: number,
    out: number,
    rows: number,
    lead: number,
    width: number,
    neutrals: number,
    neutralCount: number,
    scratch: number,
    gamma: number,
    scale: number,
    isModulated: boolean,
    zeros: number,
    zeroCount: number,
  ): number;
  foreground(
    logits: number,
    scores: number,
    count: number,
    kind: number,
    alpha: number,
    gamma: number,
    scale: number,
  ): number;
  iou(
    boxes: number,
    targets: number,
    pitch: number,
    count: number,
    kind: number,
    similarities: number,
    scratch: number,
  ): void;
  keypoints(
    predicted: number,
    pitch: number,
    keypoints: number,
    numbers: number,
    count: number,
    truth: number,
    areas: number,
    sigmas: number,
    poseScale: number,
    kobjScale: number,
    backward: boolean,
    sums: number,
  ): void;
  masks(
    prototypes: number,
    channelPitch: number,
    channels: number,
    width: number,
    rows: number,
    groups: number,
    groupCount: number,
    coefficients: number,
    masks: number,
    gradients: number,
    gradientPitch: number,
    losses: number,
    coefficientGradients: number,
    scratch: number,
  ): void;
  probIou(
    boxes: number,
    targets: number,
    pitch: number,
    count: number,
    similarities: number,
    scratch: number,
  ): void;
  regress(
    logits: number,
    pitch: number,
    bins: number,
    count: number,
    targets: number,
    scores: number,
    kind: number,
    boxScale: number,
    dflScale: number,
    backward: boolean,
    sums: number,
    scratch: number,
    rotation: number,
  ): void;
  rotatedCandidates(
    boxes: number,
    valid: number,
    count: number,
    stride: number,
    height: number,
    width: number,
    rectangles: number,
    ends: number,
    cover: number,
  ): number;
}
