// These packages are installed only for the benchmarks, and type checks must pass without them.
declare module '@jax-js/jax';
declare module '@tensorflow/tfjs';
declare module '@tensorflow/tfjs-backend-wasm';
declare module '@tensorflow/tfjs-backend-webgpu';
declare module 'onnxruntime-web';
declare module 'protobufjs';
