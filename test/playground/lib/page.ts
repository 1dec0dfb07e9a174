import type { Locator, Page } from 'playwright';
import { expect } from 'vitest';

type Point = [x: number, y: number];

/** Total that the page shows. */
export function shownTotal(page: Page): Promise<string | null> {
  return page.getByLabel('Total loss').textContent();
}

/** Outline of a box by its number and class. */
export function boxNamed(page: Page, name: string): Locator {
  return page.getByRole('button', { name: `Box ${name}` });
}

/** Centre of a box, in window coordinates. */
export async function middleOf(page: Page, name: string): Promise<Point> {
  const place = await boxNamed(page, name).locator('.outline').boundingBox();
  if (!place) throw new Error(`no box ${name}`);
  return [place.x + place.width / 2, place.y + place.height / 2];
}

export async function drag(page: Page, from: Point, to: Point): Promise<void> {
  await page.mouse.move(...from);
  await page.mouse.down();
  await page.mouse.move(...to, { steps: 3 });
  await page.mouse.up();
}

/** Expects every box to have a label with its name, and labels to overlap neither each other nor the picture's edges. */
export async function expectSeparateLabels(page: Page): Promise<void> {
  const [[stage], places, texts] = await Promise.all(
    ['.stage', '.label rect', '.label text'].map((selector) =>
      page.locator(selector).evaluateAll((elements) =>
        elements.map((element) => {
          const { x, y, width, height } = element.getBoundingClientRect();
          return { x, y, width, height };
        }),
      ),
    ),
  );
  const names = await page
    .locator('g.box')
    .evaluateAll((boxes) =>
      boxes.map((box) => box.getAttribute('aria-label')?.match(/^Box (.*?):/)?.[1]),
    );
  expect((await page.locator('.label').allTextContents()).sort()).toEqual(names.sort());
  for (const [k, place] of places.entries()) {
    expect(contains(stage, place)).toBe(true);
    expect(contains(place, texts[k])).toBe(true);
    expect(places.slice(k + 1).filter((other) => overlap(place, other))).toEqual([]);
  }
}

interface Place {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The page computes in whole pixels of the stage, whose height may be a fraction. */
const ROUNDING = 0.5;
/** Browsers report places in float32. */
const NOISE = 0.01;

function contains(outer: Place, inner: Place): boolean {
  const isWithin = (from: number, size: number, start: number, length: number) =>
    start >= from - ROUNDING && start + length <= from + size + ROUNDING;
  return (
    isWithin(outer.x, outer.width, inner.x, inner.width) &&
    isWithin(outer.y, outer.height, inner.y, inner.height)
  );
}

function overlap(a: Place, b: Place): boolean {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return width > NOISE && height > NOISE;
}

/** A file for an input element. */
export function fileOf(name: string, contents: string) {
  return { name, mimeType: 'application/octet-stream', buffer: Buffer.from(contents) };
}

/** @param contents bytes in base64, because a page takes only text */
export async function drop(page: Page, name: string, contents: string): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([fileName, text]) => {
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      const data = new DataTransfer();
      data.items.add(new File([bytes], fileName));
      return data;
    },
    [name, contents],
  );
  await page.dispatchEvent('.drop-zone', 'drop', { dataTransfer: transfer });
}
