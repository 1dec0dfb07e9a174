import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import type { Plugin } from 'vite';
import { toHalf } from '../examples/lib/float16.mjs';
import { parseSafetensors } from '../examples/lib/safetensors.mjs';
import { writeSafetensors } from '../examples/lib/write-safetensors.mjs';

const SUFFIX = '.safetensors?compact';

/**
 * Vite plugin that imports stored predictions as the URL of a smaller file, which holds only the tensors that the page
 * shows, in half precision and gzipped. As float32 they would be most of what the page loads.
 */
export const compactPredictions: Plugin = {
  name: 'compact-predictions',
  enforce: 'pre',
  async load(id) {
    if (!id.endsWith(SUFFIX)) return undefined;
    const source = compact(await readFile(id.slice(0, -'?compact'.length)));
    if (this.environment.mode === 'dev') {
      const text = Buffer.from(source).toString('base64');
      return `export default 'data:application/octet-stream;base64,${text}'`;
    }
    // The name does not end in .gz, because only some servers let the browser unpack such files
    const reference = this.emitFile({ type: 'asset', name: 'photograph.bin', source });
    return `export default import.meta.ROLLUP_FILE_URL_${reference}`;
  },
};

function compact(bytes: Uint8Array): Uint8Array {
  const { tensors, metadata } = parseSafetensors(bytes);
  const kept: Parameters<typeof writeSafetensors>[0] = {};
  for (const [name, { data, shape }] of Object.entries(tensors)) {
    const isNumbers = data instanceof Float32Array || data instanceof Int32Array;
    if (!isNumbers || !/^(feats|targets)\./.test(name)) continue;
    const isDense = name.startsWith('feats.');
    kept[name] = { data: isDense ? Uint16Array.from(data, toHalf) : data, shape };
  }
  return gzipSync(writeSafetensors(kept, metadata), { level: 9 });
}
