/** Runs bench() of a module and prints its result, in any runtime except a page: run.mjs <module in bench/> [argument…] */
const [, , module, ...given] = process.argv;
const { bench } = await import(new URL(`../${module}`, import.meta.url).href);
console.log(JSON.stringify(await bench(...given)));
