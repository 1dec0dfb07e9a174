const TABLE = /<table>.*?<\/table>/gs;
const TITLE = /<th\b[^>]*>(.*?)<\/th>/gs;
/** Heading of a page of the API, such as `Function createDetectionLoss`. */
const HEADING = /<h1>((?:Class|Function|Interface|Type Alias|Variable) )(\S+)<\/h1>/;

/**
 * Prepares a page for narrow screens: the name in a heading is an element, which may break between words, and every cell of
 * a table knows its column's title. style.css uses both.
 *
 * @param {string} html
 */
export function fitNarrowScreens(html) {
  return html.replace(TABLE, labelCells).replace(HEADING, wrapName);
}

/** @param {string} table */
function labelCells(table) {
  const titles = [...table.matchAll(TITLE)].map(([, title]) => title.replace(/<[^>]*>|"/g, ''));
  let column = 0;
  return table.replace(/<(tr|td)\b/g, (start, tag) => {
    if (tag === 'td') return `<td data-column="${titles[column++]}"`;
    column = 0;
    return start;
  });
}

/**
 * @param {string} _
 * @param {string} kind
 * @param {string} name
 */
function wrapName(_, kind, name) {
  return `<h1>${kind}<span>${name.replace(/([a-z])(?=[A-Z])/g, '$1<wbr>')}</span></h1>`;
}
