/** Colours of SVG drawings: the light ones are drawn, and a style sheet replaces each by its dark one if the reader prefers that. */
export const COLORS = {
  background: { light: '#ffffff', dark: '#0d1117' },
  text: { light: '#1f2328', dark: '#e6edf3' },
  muted: { light: '#59636e', dark: '#9198a1' },
};

export const FONT = "system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif";

/**
 * @param {string} svg with a background of its own
 * @param {Record<string, { light: string, dark: string }>} colors that it is drawn in
 */
export function withDarkColors(svg, colors) {
  const rules = Object.values(colors).map(
    ({ light, dark }) => `[fill="${light}"]{fill:${dark}}[stroke="${light}"]{stroke:${dark}}`,
  );
  const style = `<style>svg>rect{rx:10px}@media(prefers-color-scheme:dark){${rules.join('')}}</style>`;
  return `${svg.replace(/<svg[^>]*>/, `$&${style}`)}\n`;
}
