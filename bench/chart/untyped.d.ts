// Installed only for the benchmarks: type checks must pass without it.
declare module 'vega';
