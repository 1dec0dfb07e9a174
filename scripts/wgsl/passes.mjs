/**
 * @typedef {'head' | 'rotatedHead' | 'weights' | 'masks' | 'keypoints' | 'search'} StageSet
 *
 * @typedef {object} Pass
 * @property {string} file in gpu/, with the entry point
 * @property {number} workgroup threads of a workgroup, which the shader knows as WORKGROUP
 * @property {StageSet[]} [stages] stages of a criterion that run the pass
 * @property {Record<string, string>} [imports] file that takes the place of an import
 * @property {Record<string, boolean>} [constants] constants that tell apart the passes of one file
 * @property {boolean} [inFours] whether the pass is also compiled for four elements at a time
 */

const WORKGROUP = 64;

/** @type {StageSet[]} */
const HEADS = ['head', 'rotatedHead'];
/** @type {StageSet[]} */
const COLUMNS = ['masks', 'keypoints'];

const background = {
  file: 'background',
  workgroup: WORKGROUP,
  stages: HEADS,
  imports: { 'lib/weighting': 'lib/unweighted' },
  inFours: true,
};
/** Background with weights of classes and anchors. @type {Pass} */
const weighted = {
  file: 'background',
  workgroup: WORKGROUP,
  stages: ['weights'],
  imports: { 'lib/weighting': 'lib/weighted' },
};

/** Passes of several programs. @type {Record<string, Pass>} */
export const SHARED = {
  fold: { file: 'fold', workgroup: 256, stages: HEADS },
  finite: { file: 'finite', workgroup: 256, stages: ['search'] },
};

/** Passes that resize planes. @type {Record<string, Pass>} */
const RESIZE = {
  resize: { file: 'resize', workgroup: WORKGROUP, stages: ['masks'] },
  resizeGrad: { file: 'resize-grad', workgroup: WORKGROUP, stages: ['masks'] },
};

/** Passes of criteria. @type {Record<string, Pass>} */
export const CRITERIA = {
  dfl: { file: 'dfl', workgroup: WORKGROUP, stages: HEADS },
  overlap: {
    file: 'overlap',
    workgroup: WORKGROUP,
    stages: ['head'],
    imports: { 'lib/row': 'lib/row-upright' },
  },
  rotatedOverlap: {
    file: 'overlap',
    workgroup: WORKGROUP,
    stages: ['rotatedHead'],
    imports: { 'lib/row': 'lib/row-rotated' },
  },
  background: { ...background, constants: { SUMS: true, SLOPES: false } },
  slopes: { ...background, constants: { SUMS: false, SLOPES: true } },
  classify: { ...background, constants: { SUMS: true, SLOPES: true } },
  weightedBackground: { ...weighted, constants: { SUMS: true, SLOPES: false } },
  weightedSlopes: { ...weighted, constants: { SUMS: false, SLOPES: true } },
  weightedClassify: { ...weighted, constants: { SUMS: true, SLOPES: true } },
  regress: {
    file: 'regress',
    workgroup: WORKGROUP,
    stages: ['head'],
    imports: { 'lib/fit': 'lib/fit-upright' },
  },
  rotatedRegress: {
    file: 'regress',
    workgroup: WORKGROUP,
    stages: ['rotatedHead'],
    imports: { 'lib/fit': 'lib/fit-rotated' },
  },
  gather: { file: 'gather', workgroup: WORKGROUP, stages: COLUMNS },
  scatter: { file: 'scatter', workgroup: WORKGROUP, stages: ['rotatedHead', ...COLUMNS] },
  zeros: { file: 'zeros', workgroup: 256, stages: ['rotatedHead', ...COLUMNS] },
  masks: { file: 'masks', workgroup: WORKGROUP, stages: ['masks'] },
  prototypes: { file: 'prototypes', workgroup: WORKGROUP, stages: ['masks'] },
  ...RESIZE,
  semantic: { file: 'semantic', workgroup: WORKGROUP, stages: ['masks'] },
  keypoints: { file: 'keypoints', workgroup: WORKGROUP, stages: ['keypoints'] },
};

/** Passes of losses of every pixel. @type {Record<string, Pass>} */
export const PIXELS = {
  ...RESIZE,
  softmaxRows: { file: 'pixels/softmax-rows', workgroup: WORKGROUP },
  softmaxSums: { file: 'pixels/softmax-sums', workgroup: WORKGROUP },
  softmaxGrad: { file: 'pixels/softmax-grad', workgroup: WORKGROUP },
};

/** Import in whose place `lossPasses` puts every file of the folder. */
const ELEMENT = 'losses/element';
const ELEMENTS_FOLDER = 'losses/elements/';

/**
 * Passes of plain losses: one for each shader in gpu/losses, and one for each loss in gpu/losses/elements.
 *
 * @param {Map<string, string>} sources
 * @param {(file: string) => string} nameOf name of a file in TypeScript
 * @returns {Record<string, Pass>}
 */
export function lossPasses(sources, nameOf) {
  const elements = [...sources.keys()].filter((file) => file.startsWith(ELEMENTS_FOLDER));
  const passes = [...sources].filter(
    ([file, source]) => file.startsWith('losses/') && source.includes('@compute'),
  );
  return Object.fromEntries(
    passes.flatMap(([file, source]) => {
      const pass = { file, workgroup: WORKGROUP };
      if (!source.includes(`// import ${ELEMENT}\n`)) return [[nameOf(file), pass]];
      return elements.map((own) => [nameOf(own), { ...pass, imports: { [ELEMENT]: own } }]);
    }),
  );
}

/**
 * Names of passes, by the stages that run them.
 *
 * @param {Record<string, Pass>} passes
 */
export function stagePasses(passes) {
  /** @type {Record<string, string[]>} */
  const stages = {};
  for (const [name, { stages: own = [] }] of Object.entries(passes)) {
    for (const stage of own) stages[stage] = [...(stages[stage] ?? []), name];
  }
  return stages;
}
