// The package is installed only for the benchmarks, and type checks must pass without it.
declare module 'vega';
