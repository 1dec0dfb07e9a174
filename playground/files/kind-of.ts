/** Longest header of a safetensors file, by its format. */
const LONGEST_HEADER = 100_000_000;
/** First bytes of files that are opened by mistake, as Latin-1. */
const OTHERS: [start: RegExp, text: string][] = [
  [/^$/, 'is empty'],
  [/^PK/, 'is a zip archive, as torch.save and numpy.savez write'],
  [/^\x80.\x95/s, 'is a Python pickle'],
  [/^\x93NUMPY/, 'is a NumPy array'],
  [/^version https:\/\/git-lfs/, 'is a Git LFS pointer: its contents were not downloaded'],
  [/^(\x89PNG|\xff\xd8\xff|GIF8|RIFF....WEBP)/s, 'is an image'],
  [/^\s*</, 'is a page in HTML or XML'],
];

/** Format of a file by its first bytes, because names may be wrong, or a phrase that tells what else it is. */
export function kindOf(bytes: Uint8Array): 'safetensors' | 'json' | { other: string } {
  const start = String.fromCharCode(...bytes.subarray(0, 64));
  if (start[8] === '{') {
    const view = new DataView(bytes.buffer, bytes.byteOffset, 8);
    if (view.getBigUint64(0, true) <= LONGEST_HEADER) return 'safetensors';
  }
  if (/^(\xef\xbb\xbf)?\s*[{[]/.test(start)) return 'json';
  const found = OTHERS.find(([pattern]) => pattern.test(start));
  return { other: found ? found[1] : 'is neither a .safetensors nor a .json file' };
}
