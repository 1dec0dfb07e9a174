import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../examples/lib/write-safetensors.mjs';
import { formatNumber } from '../../playground/view/format.ts';
import { createDetectionLoss } from '../../src/index.ts';
import { launchChromium, openContext } from '../package/lib/launch-chromium.ts';
import { ROOT } from '../package/lib/root.ts';
import { buildSite, type Site } from './lib/build-site.ts';
import { exportFrom } from './lib/exported.ts';
import { type OpenPage, openPage } from './lib/open-page.ts';
import {
  boxNamed,
  drag,
  drop,
  expectSeparateLabels,
  fileOf,
  middleOf,
  shownTotal,
} from './lib/page.ts';
import { expected, expectTrue } from './lib/photograph.ts';

let browser: Browser;
/** Window that most tests share: the page loads faster than in a new one. */
let desktop: BrowserContext;
let site: Site;
let opened: OpenPage | undefined;

beforeAll(async () => {
  [browser, site] = await Promise.all([launchChromium(), buildSite()]);
  desktop = await openContext(browser, { viewport: { width: 1280, height: 1000 } });
});

afterAll(async () => {
  await browser?.close();
  await site?.close();
});

// Also fails a test whose page logged a warning or requested anything from another host
afterEach(async () => {
  await opened?.close();
  opened = undefined;
});

async function open(window = desktop, before?: () => void): Promise<Page> {
  opened = await openPage(window, site, before);
  return opened.page;
}

/** Expects the page's numbers to be those of the package for the exported inputs. */
async function expectTrueNumbers(page: Page): Promise<void> {
  await expectTrue(await exportFrom(page), await shownTotal(page));
}

/** Files that are no scene, and the page's messages about them. */
const BROKEN: [name: string, contents: string, message: RegExp][] = [
  ['notes.txt', 'hello', /notes\.txt is neither/],
  [
    'bare.json',
    '{ "numClasses": 2, "targets": {} }',
    /bare\.json could not be read: feats should be/,
  ],
  [
    'class.json',
    JSON.stringify({
      numClasses: 1,
      strides: [8],
      feats: [{ shape: [1, 5, 1, 1], data: [0, 0, 0, 0, 0] }],
      targets: { batchIdx: [0], cls: [7], bboxes: [0.5, 0.5, 1, 1] },
    }),
    /class\.json was refused: .*7/,
  ],
];

describe('playground, built, on a sub-path', () => {
  it("opens on the photograph, with the golden's total", async () => {
    const page = await open();
    expect(await shownTotal(page)).toBe(formatNumber(expected.total));
    expect(await page.getByLabel('Time').textContent()).toMatch(/^\d+\.\d ms$/);
    await expectTrueNumbers(page);
  });

  it('sliders and choices recompute', async () => {
    const page = await open();
    await page.getByRole('slider', { name: 'top-k' }).fill('1');
    await page.getByText('1 positive', { exact: true }).first().waitFor();
    await page.getByRole('slider', { name: 'DFL' }).fill('3');
    const choose = (group: string, name: string) =>
      page.getByRole('group', { name: group }).getByRole('radio', { name, exact: true }).check();
    await choose('Overlap', 'DIoU');
    await choose('Box loss', 'SIoU');
    await page.getByRole('radio', { name: 'Focal', exact: true }).check();
    await expect.poll(() => shownTotal(page)).not.toBe(formatNumber(expected.total));
    await expectTrueNumbers(page);
    const { config } = await exportFrom(page);
    expect(config).toMatchObject({
      assigner: { topk: 1, alpha: 0.5, beta: 6, overlap: 'diou' },
      gains: { box: 7.5, cls: 0.5, dfl: 3 },
      iou: 'siou',
      classification: 'focal',
    });
    await page.getByRole('button', { name: 'Defaults' }).click();
    await expect.poll(() => shownTotal(page)).toBe(formatNumber(expected.total));
  });

  it('switches to 8.3, where a small box has no candidates beyond its edges', async () => {
    const page = await open();
    await drag(page, [70, 260], [82, 272]);
    await boxNamed(page, '7 boat').waitFor();
    await page.locator('.box.chosen .grown').waitFor();
    await expectTrueNumbers(page);
    const grown = await exportFrom(page);
    await page.getByRole('radio', { name: '8.3' }).check();
    await page.locator('.grown').waitFor({ state: 'detached' });
    await expectTrueNumbers(page);
    const { config, assignment } = await exportFrom(page);
    expect([grown.config.reference, config.reference]).toEqual(['8.4', '8.3']);
    expect(assignment.anchor).not.toEqual(grown.assignment.anchor);
  });

  it('boxes are dragged, stretched, drawn and deleted', async () => {
    const page = await open();
    const before = (await exportFrom(page)).targets;
    const [x, y] = await middleOf(page, '3 boat');
    await drag(page, [x, y + 60], [x + 40, y + 40]);
    const corner = await page.locator('.handle.top-left .knob').boundingBox();
    await drag(page, [(corner?.x ?? 0) + 4, (corner?.y ?? 0) + 4], [x - 60, y - 60]);
    await drag(page, [60, 200], [160, 300]);
    await boxNamed(page, '7 boat').waitFor();
    await expect.poll(() => shownTotal(page)).not.toBe(formatNumber(expected.total));
    await expectTrueNumbers(page);
    const { bboxes } = (await exportFrom(page)).targets;
    expect(bboxes.length).toBe(before.bboxes.length + 4);
    expect(bboxes[8]).not.toBe(before.bboxes[8]);
    expect(bboxes[10]).not.toBe(before.bboxes[10]);

    await page.getByRole('button', { name: 'Delete', exact: true }).click();
    await boxNamed(page, '7 boat').waitFor({ state: 'detached' });
  });

  it('undoes and redoes edits, by buttons and by keys', async () => {
    const page = await open();
    const [undo, redo] = ['Undo', 'Redo'].map((name) => page.getByRole('button', { name }));
    const untouched = formatNumber(expected.total);
    expect(await undo.isDisabled()).toBe(true);
    const [x, y] = await middleOf(page, '3 boat');
    await drag(page, [x, y + 60], [x + 40, y + 40]);
    await page.getByRole('slider', { name: 'top-k' }).fill('3');
    await page.getByText('3 positives', { exact: true }).first().waitFor();
    const edited = await shownTotal(page);
    expect(edited).not.toBe(untouched);

    await undo.click();
    expect(await page.getByRole('slider', { name: 'top-k' }).inputValue()).toBe('10');
    await page.keyboard.press('Control+z');
    await expect.poll(() => shownTotal(page)).toBe(untouched);
    expect(await undo.isDisabled()).toBe(true);
    await page.keyboard.press('Control+Shift+Z');
    await redo.click();
    await expect.poll(() => shownTotal(page)).toBe(edited);
    for (const key of ['Meta+z', 'Meta+z', 'Control+y', 'Meta+Shift+z']) {
      await page.keyboard.press(key);
    }
    await expect.poll(() => shownTotal(page)).toBe(edited);
    expect(await redo.isDisabled()).toBe(true);
  });

  it('undoes a held key and a descent at once, and what was reset', async () => {
    const page = await open();
    const untouched = formatNumber(expected.total);
    const boat = boxNamed(page, '3 boat');
    await boat.focus();
    for (let k = 0; k < 3; k++) await page.keyboard.down('ArrowRight');
    await page.keyboard.up('ArrowRight');
    await page.keyboard.press('Delete');
    await page.getByRole('button', { name: 'Descend' }).click();
    const steps = page.getByLabel('Steps');
    await steps.filter({ hasText: /^[1-9]\d* steps?$/ }).waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => shownTotal(page)).toBe(untouched);
    expect(await page.getByRole('button', { name: 'Reset' }).isDisabled()).toBe(true);

    const count = await page.locator('g.box').count();
    await page.keyboard.press('Control+z');
    await steps.filter({ hasText: /^[1-9]\d* steps?$/ }).waitFor();
    expect(await page.locator('g.box').count()).toBe(count - 1);
    await page.keyboard.press('Control+z');
    await steps.filter({ hasText: /^0 steps$/ }).waitFor();
    for (const _ of ['delete', 'arrow']) await page.keyboard.press('Control+z');
    await expect.poll(() => shownTotal(page)).toBe(untouched);
    expect(await page.getByRole('button', { name: 'Undo' }).isDisabled()).toBe(true);
  });

  it('says of a cell under the pointer why it was chosen, or was not', async () => {
    const page = await open();
    const verdict = page.locator('.card .verdict');
    const stage = await page.locator('.stage').boundingBox();
    const [x, y] = await middleOf(page, '3 boat');
    await page.mouse.move(x, y);
    await expect.poll(() => verdict.textContent()).toMatch(/^Chosen/);
    await page.mouse.move(x, y + 120);
    await expect
      .poll(() => verdict.textContent())
      .toMatch(/^Not chosen: its rank is \d+; only the best 10/);
    await page.mouse.move((stage?.x ?? 0) + 30, (stage?.y ?? 0) + 30);
    await expect.poll(() => verdict.textContent()).toMatch(/^No candidate/);
    await page.getByRole('radio', { name: 'Gradient' }).check();
    await expect.poll(() => page.locator('.legend').textContent()).toMatch(/norm 0.*0\.0\d+/);
  });

  it('descends: the loss falls, and its curve is drawn, until it is paused', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Add noise' }).click();
    await page.getByRole('button', { name: 'Descend' }).click();
    await page
      .getByLabel('Steps')
      .filter({ hasText: /\d\d steps/ })
      .waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    const curve = page.getByRole('img', { name: 'Loss curve' });
    const [, from, to] =
      (await curve.getAttribute('aria-label'))?.match(/from (\S+) to (\S+)/) ?? [];
    expect(Number(to)).toBeLessThan(0.9 * Number(from));
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => shownTotal(page)).toBe(formatNumber(expected.total));
  });

  it('switches to WebGPU and shows the same total', async () => {
    const page = await open();
    await page.getByRole('radio', { name: 'WebGPU' }).check();
    await page.getByText('on WebGPU').waitFor();
    expect(await shownTotal(page)).toBe(formatNumber(expected.total));
  });

  it('without WebGPU: says so, and goes on with WASM', async () => {
    const before = () => Object.defineProperty(navigator, 'gpu', { value: undefined });
    const page = await open(desktop, before);
    await page.getByRole('radio', { name: 'WebGPU' }).click();
    const alert = page.getByRole('alert');
    expect(await alert.textContent()).toMatch(/WebGPU is missing here.*needs a GPU adapter/);
    await expect.poll(() => page.getByRole('radio', { name: 'WASM' }).isChecked()).toBe(true);
    await page.getByRole('button', { name: 'Dismiss' }).click();
    expect(await page.locator('.reason').textContent()).toMatch(/WebGPU is missing here/);
    expect(await shownTotal(page)).toBe(formatNumber(expected.total));
  });

  it('shows a file that was dropped, as .safetensors and as .json', async () => {
    const page = await open();
    const shape = [2, 4 * 3 + 2, 4, 4];
    const data = Float32Array.from({ length: 2 * 14 * 16 }, (_, i) => Math.sin(i));
    const targets = {
      batchIdx: [0, 1],
      cls: [1, 0],
      bboxes: [0.5, 0.5, 0.6, 0.6, 0.4, 0.4, 0.3, 0.5],
    };
    const criterion = await createDetectionLoss({ numClasses: 2, regMax: 3, strides: [8] });
    const { total } = await criterion.value([{ data, shape }], targets);
    criterion.dispose();

    const column = (values: number[], shape: number[]) => ({
      data: Float32Array.from(values),
      shape,
    });
    const tensors = {
      'feats.0': { data, shape },
      batch_idx: column(targets.batchIdx, [2]),
      cls: column(targets.cls, [2, 1]),
      bboxes: column(targets.bboxes, [2, 4]),
    };
    const metadata = { num_classes: '2', strides: '[8]', names: '["cat","dog"]' };
    const bytes = Buffer.from(writeSafetensors(tensors, metadata));
    await drop(page, 'mine.safetensors', bytes.toString('base64'));
    await page.getByText('Opened mine.safetensors').waitFor();
    await expect.poll(() => shownTotal(page)).toBe(formatNumber(total));
    await boxNamed(page, '1 dog').waitFor();

    const json = { numClasses: 2, strides: [8], feats: [{ shape, data: [...data] }], targets };
    await page.locator('input[type=file]').setInputFiles(fileOf('mine.json', JSON.stringify(json)));
    await page.getByText('Opened mine.json').waitFor();
    await expect.poll(() => shownTotal(page)).toBe(formatNumber(total));
    await boxNamed(page, '1 class 1').waitFor();

    const readme = await readFile(join(ROOT, 'playground/README.md'), 'utf8');
    const example = readme.match(/^```json\n(.*?)^```/ms)?.[1] ?? '';
    await page.locator('input[type=file]').setInputFiles(fileOf('readme.json', example));
    await page.getByText('Opened readme.json').waitFor();
    await boxNamed(page, '1 boat').waitFor();
  });

  it('says how to write such a file', async () => {
    const page = await open();
    await page.getByRole('button', { name: 'Show your own predictions' }).click();
    const dialog = page.getByRole('dialog');
    expect(await dialog.textContent()).toMatch(/save_file\(.*"numClasses": 1/s);
    await dialog.getByRole('button', { name: 'Close' }).click();
    await dialog.waitFor({ state: 'hidden' });
  });

  it('says what is wrong with a broken file, and keeps the scene', async () => {
    const page = await open();
    const alert = page.getByRole('alert');
    for (const [name, contents, message] of BROKEN) {
      await page.locator('input[type=file]').setInputFiles(fileOf(name, contents));
      await expect.poll(() => alert.textContent()).toMatch(message);
    }
    expect(await shownTotal(page)).toBe(formatNumber(expected.total));
    await page.getByRole('button', { name: 'Dismiss' }).click();
    await alert.waitFor({ state: 'detached' });
  });

  it('is worked by keyboard', async () => {
    const page = await open();
    const cells = page.getByLabel('Cells: arrow keys');
    await cells.focus();
    await page.keyboard.press('ArrowRight');
    const where = page.locator('.card .where');
    const first = await where.textContent();
    await page.keyboard.press('ArrowRight');
    await expect.poll(() => where.textContent()).not.toBe(first);

    await boxNamed(page, '3 boat').focus();
    for (const key of ['ArrowRight', 'Shift+ArrowDown']) await page.keyboard.press(key);
    await expect.poll(() => shownTotal(page)).not.toBe(formatNumber(expected.total));
    await expectTrueNumbers(page);
    const count = await page.locator('g.box').count();
    await boxNamed(page, '3 boat').press('Delete');
    await expect.poll(() => page.locator('g.box').count()).toBe(count - 1);
    // The focus has moved to the next box
    await page.locator('g.box:focus').press('Delete');
    await expect.poll(() => page.locator('g.box').count()).toBe(count - 2);
    await page.getByRole('button', { name: 'Add', exact: true }).press('Enter');
    await expect.poll(() => page.locator('g.box').count()).toBe(count - 1);
  });

  it('fits a phone, where a tap shows the numbers below', async () => {
    const viewport = { width: 390, height: 844 };
    const phone = await openContext(browser, { viewport, hasTouch: true, isMobile: true });
    const page = await open(phone);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(width).toBe(390);
    for (const [name, shown] of [
      ['Next image', 'image 2 of 2'],
      ['Previous image', 'image 1 of 2'],
    ]) {
      await page.getByRole('button', { name }).tap();
      await page.getByText(shown).waitFor();
      await expectSeparateLabels(page);
    }
    await page.touchscreen.tap(...(await middleOf(page, '3 boat')));
    await expect.poll(() => page.locator('.dock .verdict').textContent()).toMatch(/hosen/);
    // The picture stays in view, even at the end of the page
    await page.getByText('WASM SIMD').scrollIntoViewIfNeeded();
    expect((await page.locator('.stage').boundingBox())?.y).toBe(0);
  });
});
