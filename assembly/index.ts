export * from './detection';
export { keypoints } from './keypoints';
export { masks } from './masks';
export { rotatedCandidates } from './rotated-targets';
