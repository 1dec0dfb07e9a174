import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { formatNumber } from '../../playground/view/format.ts';
import { VISITORS, type Visitor } from '../../scripts/visitor.mjs';
import { ROOT } from '../package/lib/root.ts';
import { buildSite, type Site } from './lib/build-site.ts';
import { expected, expectTrue } from './lib/photograph.ts';
import { type Walk, walk } from './lib/walk.ts';

const photographTotal = formatNumber(expected.total);

let site: Site;
let folder: string;
beforeAll(async () => {
  [site, folder] = await Promise.all([buildSite(), mkdtemp(join(tmpdir(), 'detloss-files-'))]);
});
afterAll(async () => {
  await site?.close();
  await rm(folder, { recursive: true });
});

describe.each([
  { name: 'firefox' as const, hasGpu: true },
  // WebKitGTK has no WebGPU; Safari 26 has
  { name: 'webkit' as const, hasGpu: false },
])('playground, built, in $name', ({ name, hasGpu }) => {
  let visitor: Visitor;
  let page: Walk;

  beforeAll(async () => {
    visitor = await VISITORS[name]();
    page = walk(visitor);
  });
  afterAll(() => visitor?.close());
  beforeEach(async () => {
    await visitor.open(site.url);
    await expect.poll(page.total).toBe(photographTotal);
  });

  const boxes = () => visitor.evaluate("document.querySelectorAll('g.box').length");
  const expectChange = () => expect.poll(page.total).not.toBe(photographTotal);
  const expectTrueNumbers = async () => expectTrue(await page.exported(), await page.total());

  it("opens on the photograph, with the golden's total", async () => {
    expect(await page.text('.time')).toMatch(/^\d+\.\d ms with gradients, on WASM$/);
    await expectTrueNumbers();
  });

  it('sliders and choices recompute', async () => {
    await page.click('.slider', 'top-k');
    await visitor.press('Home');
    await expect.poll(() => page.text('.boxes-list')).not.toMatch(/positives/);
    await page.click('.segmented label', 'SIoU');
    await expectTrueNumbers();
    expect((await page.exported()).config).toMatchObject({ assigner: { topk: 1 }, iou: 'siou' });
    await page.click('button', 'Defaults');
    await expect.poll(page.total).toBe(photographTotal);
  });

  it('boxes are dragged, stretched, drawn, and take keys at once: moved, deleted', async () => {
    const before = (await page.exported()).targets.bboxes;
    const [x, y] = await page.middle('g.box', '3 boat');
    await visitor.drag([x, y + 60], [x + 40, y + 40]);
    await visitor.drag(await page.middle('.handle.top-left .knob'), [x - 60, y - 60]);
    await expectChange();
    await expectTrueNumbers();
    const after = (await page.exported()).targets.bboxes;
    expect(after[8]).not.toBe(before[8]);
    expect(after[10]).not.toBe(before[10]);

    await visitor.drag([60, 200], [160, 300]);
    await expect.poll(boxes).toBe(7);
    // Keys go to the box that was drawn or clicked
    await visitor.press('ArrowRight');
    await visitor.press('Delete');
    await expect.poll(boxes).toBe(6);
    await visitor.drag(await page.middle('g.box', '6 boat'));
    await visitor.press('ArrowRight');
    await expectTrueNumbers();
    expect((await page.exported()).targets.bboxes[20]).toBeGreaterThan(after[20]);
  });

  it('says of a cell under the pointer why it was chosen', async () => {
    await visitor.hover([1, 1]);
    await visitor.hover(await page.middle('g.box', '3 boat'));
    await expect.poll(() => page.text('.card .verdict')).toMatch(/^Chosen/);
  });

  it('descends: the loss falls until it is paused', async () => {
    await page.click('button', 'Add noise');
    await page.click('button', 'Descend');
    await expect.poll(() => page.text('[aria-label="Steps"]')).toMatch(/\d\d steps/);
    await page.click('button', 'Pause');
    const curve = await visitor.evaluate(
      `document.querySelector('[role="img"][aria-label^="Loss curve"]').getAttribute('aria-label')`,
    );
    const [, from, to] = curve.match(/from (\S+) to (\S+)/) ?? [];
    expect(Number(to)).toBeLessThan(0.9 * Number(from));
  });

  it('opens a file, and says what is wrong with a broken one', async () => {
    const readme = await readFile(join(ROOT, 'playground/README.md'), 'utf8');
    const files = {
      'good.json': readme.match(/^```json\n(.*?)^```/ms)?.[1] ?? '',
      'bad.json': '{',
    };
    for (const [file, contents] of Object.entries(files)) {
      await writeFile(join(folder, file), contents);
    }
    await visitor.choose('input[type=file]', join(folder, 'good.json'));
    await expect.poll(() => page.text('[role=status]')).toMatch(/Opened good\.json/);
    await page.middle('g.box', '1 boat');
    await visitor.choose('input[type=file]', join(folder, 'bad.json'));
    await expect.poll(() => page.text('[role=alert]')).toMatch(/bad\.json could not be read/);
  });

  it(
    hasGpu
      ? 'switches to WebGPU and shows the same total'
      : 'says that WebGPU is missing, and goes on with WASM',
    async () => {
      await page.click('.segmented label', 'WebGPU');
      if (hasGpu) {
        await expect.poll(() => page.text('.time')).toMatch(/on WebGPU/);
      } else {
        await expect.poll(() => page.text('[role=alert]')).toMatch(/WebGPU is missing here/);
        await expect.poll(() => page.text('.time')).toMatch(/on WASM/);
      }
      expect(await page.total()).toBe(photographTotal);
    },
  );
});
