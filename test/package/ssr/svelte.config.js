// No adapter: the server that the build makes is asked for the page by render-ssr.mjs
export default { kit: { paths: { relative: true } } };
