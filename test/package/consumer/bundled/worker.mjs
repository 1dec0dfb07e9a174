import { outcome } from './outcome.mjs';

// Without a top-level await, which Vite allows only in workers that are modules
outcome().then((value) => postMessage(value));
