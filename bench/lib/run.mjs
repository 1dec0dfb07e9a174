/** Prints what bench() of a module returns: run.mjs <module of bench/> [argument…], in any runtime but a page. */
const [, , module, ...given] = process.argv;
const { bench } = await import(new URL(`../${module}`, import.meta.url).href);
console.log(JSON.stringify(await bench(...given)));
