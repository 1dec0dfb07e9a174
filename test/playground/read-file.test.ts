import { describe, expect, it } from 'vitest';
import { writeSafetensors } from '../../examples/lib/write-safetensors.mjs';
import { readFile } from '../../playground/files/read-file.ts';
import { stridesOf } from '../../playground/files/strides-of.ts';

const floats = (...shape: number[]) => ({
  data: new Float32Array(shape.reduce((product, size) => product * size, 1)),
  shape,
});
/** Tensors of a batch of one image of 32×32 pixels, one level, two classes. */
const TENSORS = {
  'feats.0': floats(1, 6, 4, 4),
  batch_idx: floats(1),
  cls: floats(1, 1),
  bboxes: { data: Float32Array.of(0.5, 0.5, 0.25, 0.25), shape: [1, 4] },
};
const METADATA = { num_classes: '2', strides: '[8]' };
const JSON_FILE = {
  numClasses: 2,
  strides: [8],
  feats: [{ shape: [1, 6, 4, 4], data: Array(96).fill(0) }],
  targets: { batchIdx: [0], cls: [0], bboxes: [0.5, 0.5, 0.25, 0.25] },
};

const safetensors = (tensors: Parameters<typeof writeSafetensors>[0], metadata = {}) =>
  writeSafetensors(tensors, metadata);
const inPixels = { data: Float32Array.of(16, 16, 8, 8), shape: [1, 4] };
const bytesOf = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));
const open = (name: string, contents: Uint8Array<ArrayBuffer> | string) =>
  readFile(new File([contents], name));

describe('readFile', () => {
  it('goes by the contents, whatever the name', async () => {
    const a = await open('batch.bin', safetensors(TENSORS, METADATA));
    const b = await open('batch.safetensors', `\ufeff ${JSON.stringify(JSON_FILE)}`);
    expect(a.head).toEqual({ numClasses: 2, regMax: 1, strides: [8], layout: 'nchw' });
    expect(b.head).toEqual(a.head);
    expect(b.boxes).toEqual([{ ...a.boxes[0], id: b.boxes[0].id }]);
  });

  // Files that are opened by mistake
  it.each([
    ['empty.safetensors', '', /^empty\.safetensors is empty\. The page needs raw head outputs/],
    ['batch.pt', bytesOf('PK\x03\x04\x00\x00\x08\x08'), /is a zip archive, as torch\.save/],
    ['batch.pkl', bytesOf('\x80\x04\x95\x0b\x00\x00\x00'), /is a Python pickle/],
    ['feats.npy', bytesOf('\x93NUMPY\x01\x00'), /is a NumPy array/],
    ['a.safetensors', 'version https://git-lfs.github.com/spec/v1\n', /is a Git LFS pointer/],
    ['boats.jpg', bytesOf('\xff\xd8\xff\xe0\x00\x10JFIF'), /is an image/],
    ['a.safetensors', '\n<!doctype html>', /is a page in HTML/],
    ['notes.safetensors', 'hello there', /is neither a \.safetensors nor a \.json file\. The page/],
    ['text.json', '{ "numClasses": 2,', /text\.json could not be read: it is not JSON/],
    [
      'cut.safetensors',
      safetensors(TENSORS, METADATA).subarray(0, 40).slice(),
      /could not be read: .*the header needs \d+ bytes, the file has 40/,
    ],
  ])('says what %s is (%#)', async (name, contents, message) => {
    await expect(open(name, contents)).rejects.toThrow(message);
  });

  it.each([
    [
      'weights of a model',
      safetensors(Object.fromEntries(Array.from({ length: 9 }, (_, k) => [`w${k}`, floats(1)]))),
      /lacks the tensors feats\.0, batch_idx, cls, bboxes; .* are: w0, w1, w2, w3, w4, w5 and 3 more$/,
    ],
    [
      'a level left out',
      safetensors({ ...TENSORS, 'feats.2': floats(1, 6, 1, 1) }, METADATA),
      /lacks the tensor feats\.1;/,
    ],
    [
      'no num_classes',
      safetensors(TENSORS),
      /metadata needs num_classes, the number of classes: it is missing/,
    ],
    [
      'num_classes that is no number',
      safetensors(TENSORS, { num_classes: 'two' }),
      /num_classes, the number of classes: got "two"/,
    ],
    [
      'strides missing',
      safetensors(TENSORS, { num_classes: '2' }),
      /strides is missing: .* \[8, 16, 32\], does not fit the grids here, 4×4$/,
    ],
    [
      'strides of other levels',
      safetensors(TENSORS, { num_classes: '2', strides: '[8, 16]' }),
      /strides needs one number per level of feats, .*: 1, got \[8, 16\]$/,
    ],
    [
      'strides that are no list',
      safetensors(TENSORS, { num_classes: '2', strides: '8' }),
      /strides should be a list such as \[8, 16, 32\], got 8$/,
    ],
    [
      'the other layout',
      safetensors({ ...TENSORS, 'feats.0': floats(1, 4, 4, 6) }, METADATA),
      /4 channels are not 4·regMax \+ 2 classes; should layout be 'nhwc'\?/,
    ],
    [
      'a concatenated head',
      safetensors({ ...TENSORS, 'feats.0': floats(1, 6, 16) }, METADATA),
      /feats\.0 should be \[B, 4·regMax \+ C, H, W\], one level of the head, got \[1, 6, 16\]/,
    ],
    [
      'boxes in pixels',
      safetensors({ ...TENSORS, bboxes: inPixels }, METADATA),
      /normalised to 0\.\.1, but go up to 16\. .* in pixels: divide x and width by 32, y and height by 32$/,
    ],
    [
      'boxes in pixels of a larger image',
      safetensors(
        { ...TENSORS, bboxes: { ...inPixels, data: inPixels.data.map((x) => 9 * x) } },
        METADATA,
      ),
      /go up to 144\. .* divide x and width by the image’s width, y and height by its height$/,
    ],
  ])('says what is wrong with a .safetensors file: %s', async (_, bytes, message) => {
    await expect(open('a.safetensors', bytes)).rejects.toThrow(message);
  });

  const { feats: _, ...withoutFeats } = JSON_FILE;
  it.each([
    ['a list', [], /numClasses should be a number|targets should be an object/],
    [
      'no feats',
      withoutFeats,
      /feats should be an array of .*: it is missing among numClasses, strides, targets$/,
    ],
    ['empty feats', { ...JSON_FILE, feats: [] }, /feats should be .* one per level: got \[\]$/],
    [
      'feats without shapes',
      { ...JSON_FILE, feats: [{ data: [1] }] },
      /feats\[0\]\.shape should be an array of numbers: it is missing among data$/,
    ],
    [
      'names in snake case',
      { ...JSON_FILE, targets: { batch_idx: [0], cls: [0], bboxes: [] } },
      /targets\.batchIdx should be an array of numbers: it is missing among batch_idx, cls, bboxes$/,
    ],
    [
      'text as number',
      { ...JSON_FILE, numClasses: '2' },
      /numClasses should be a number: got "2"$/,
    ],
  ])('says what is wrong with a .json file: %s', async (_, contents, message) => {
    await expect(open('a.json', JSON.stringify(contents))).rejects.toThrow(message);
  });
});

describe('stridesOf', () => {
  const images = { data: [], shape: [1, 320, 480, 3] };
  const grids = [
    [20, 30],
    [10, 15],
  ] as const;

  it('takes those of the file', () => {
    expect(stridesOf({ strides: [4, 8], images }, grids)).toEqual([4, 8]);
  });

  it('follows from images that the grids cover', () => {
    expect(stridesOf({ strides: undefined, images }, grids)).toEqual([16, 32]);
  });

  it('is the default where that fits the grids, also those cut at the edges', () => {
    const three = [...[80, 40, 20].map((cells) => [cells, cells] as const)];
    expect(stridesOf({ strides: undefined, images: undefined }, three)).toEqual([8, 16, 32]);
    const odd = [...[52, 26, 13].map((cells) => [cells, cells] as const)];
    expect(stridesOf({ strides: undefined, images: undefined }, odd)).toEqual([8, 16, 32]);
  });

  it('is no default where grids do not halve', () => {
    const same = [...[20, 20, 20].map((cells) => [cells, cells] as const)];
    expect(() => stridesOf({ strides: undefined, images: undefined }, same)).toThrow(
      /strides is missing.* 20×20, 20×20, 20×20$/,
    );
  });
});
