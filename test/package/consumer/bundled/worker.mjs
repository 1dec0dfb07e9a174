import { outcome } from './outcome.mjs';

// Without a top-level await, which a worker's script of Vite cannot have where nobody makes it a module
outcome().then((value) => postMessage(value));
