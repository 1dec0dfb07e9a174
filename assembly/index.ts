export * from './detection';
export { keypoints } from './keypoints';
export { likelihood, LIKELIHOOD_BYTES, LIKELIHOOD_HIDDEN_BYTES } from './likelihood';
export { masks } from './masks';
export { rotatedCandidates } from './rotated-targets';
export { semantic } from './semantic';
