import type { Point, Visitor } from '../../../scripts/visitor.mjs';
import type { Exported } from './exported.ts';

/** Steps of a visitor in the playground, in any browser. Elements are found by a selector and a part of their text or label. */
export interface Walk {
  /** Total that the page shows. */
  total(): Promise<string>;
  /** Text of the first element of a selector; empty where there is none. */
  text(selector: string): Promise<string>;
  /** Centre of an element, a box without its label, in the window. */
  middle(selector: string, text?: string): Promise<Point>;
  click(selector: string, text: string): Promise<void>;
  /** Contents of the file that "Export assignment" saves. */
  exported(): Promise<Exported>;
}

export function walk(visitor: Visitor): Walk {
  /** Value of an expression about the `element`. @throws {Error} there is no such element */
  const about = (selector: string, part: string, expression: string) =>
    visitor.evaluate(`((selector, part) => {
      const all = [...document.querySelectorAll(selector)];
      const named = ({ textContent, ariaLabel }) => textContent.includes(part) || ariaLabel?.includes(part);
      const element = all.find(named);
      if (!element) throw new Error('no ' + selector + ' ' + part);
      ${expression}
    })(${JSON.stringify(selector)}, ${JSON.stringify(part)})`);
  const text = (selector: string) =>
    visitor.evaluate(`document.querySelector(${JSON.stringify(selector)})?.textContent ?? ''`);
  const middle = (selector: string, part = '') =>
    about(
      selector,
      part,
      `const shown = element.querySelector('.outline') ?? element;
      shown.scrollIntoView({ block: 'nearest' });
      const { left, top, width, height } = shown.getBoundingClientRect();
      return [Math.round(left + width / 2), Math.round(top + height / 2)];`,
    );
  const click = async (selector: string, part: string) =>
    visitor.drag(await middle(selector, part));
  return {
    text,
    middle,
    click,
    total: () => text('[aria-label="Total loss"]'),
    async exported() {
      // The page makes the file; the download itself would leave the page
      await visitor.evaluate(`(() => {
        HTMLAnchorElement.prototype.click = () => {};
        URL.createObjectURL = (blob) => { window.exported = blob.text(); return 'blob:none'; };
      })()`);
      await click('button', 'Export assignment');
      return JSON.parse(await visitor.evaluate('window.exported'));
    },
  };
}
