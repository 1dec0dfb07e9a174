/** Pages of the site beside the API, grouped as in the navigation. */
export const DOCUMENTS = {
  Guides: [
    'docs/guides/criterion.md',
    'docs/guides/tasks.md',
    'docs/guides/yolo26.md',
    'docs/guides/ultralytics.md',
    'docs/guides/plain-losses.md',
    'docs/guides/tensorflow.md',
    'docs/guides/jax.md',
    'docs/guides/onnx-runtime.md',
    'docs/guides/webgpu.md',
    'docs/guides/assignment.md',
    'docs/guides/numerics.md',
    'docs/guides/data-parallel.md',
    'docs/guides/threads-and-csp.md',
    'docs/guides/engines.md',
    'playground/README.md',
  ],
  Reference: ['docs/losses.md', 'docs/errors.md', 'docs/speed.md', 'docs/training.md'],
  Project: ['CHANGELOG.md', 'ARCHITECTURE.md', 'CONTRIBUTING.md', 'SECURITY.md', 'RELEASING.md'],
};

/**
 * Group of the navigation that holds a page.
 *
 * @param {string} path of the page's Markdown file
 */
export function placeOf(path) {
  return Object.entries(DOCUMENTS).find(([, files]) =>
    files.some((file) => path.endsWith(file)),
  )?.[0];
}

/** Category whose entries are searched for most. */
export const MAIN_CATEGORY = 'Detection';
/** Categories of the API in the order shown, each with a pattern of the export names that belong to it. */
const CATEGORIES = Object.entries({
  [MAIN_CATEGORY]:
    /Detection|^(Assign|Binary|Classification$|Focused|GradOptions|IouKind|TaskValue|OutOption)/,
  Segmentation: /Segmentation/,
  Poses: /Pose/,
  'Rotated boxes': /Oriented/,
  'End-to-end detectors': /Dual|^(Heads|HeadPair|HeadWeightsOption|headWeights)$/,
  Classification: /Classification/,
  'Semantic segmentation': /Semantic/,
  Depth: /Depth/,
  'Exported heads': /Head/,
  'Tensors and devices': /^(Tensor|Gpu|Layout)/,
  Errors: /Error/,
  'Plain losses': /./,
});
export const CATEGORY_ORDER = [
  ...Object.keys(DOCUMENTS),
  'API',
  'API of adapters',
  ...CATEGORIES.map(([category]) => category),
];

/** @param {string} name of an export */
export function categoryOf(name) {
  return CATEGORIES.find(([, pattern]) => pattern.test(name))?.[0];
}
