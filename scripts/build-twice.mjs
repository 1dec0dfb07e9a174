/**
 * Builds the package here, and in another folder from a copy of the sources, and compares every byte of the published files.
 *
 *   npm run build:twice   prints the hash of every file
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const here = build(ROOT);
const elsewhere = buildElsewhere();
const files = [...new Set([...here.keys(), ...elsewhere.keys()])].sort();
const differing = files.filter((file) => here.get(file) !== elsewhere.get(file));
for (const file of files) {
  console.log(`${here.get(file) ?? 'not here'.padEnd(64)}  ${file}`);
}
for (const file of differing) console.error(`${file} differs, elsewhere ${elsewhere.get(file)}`);
console.log(`${files.length} files, ${differing.length} differ`);
process.exitCode = differing.length > 0 || files.length === 0 ? 1 : 0;

/**
 * @param {string} folder
 * @returns {Map<string, string>} SHA-256 of each file of dist, by name
 */
function build(folder) {
  rmSync(join(folder, 'dist'), { recursive: true, force: true });
  execFileSync('npm', ['run', '--silent', 'build'], { cwd: folder, stdio: ['ignore', 2, 2] });
  const dist = join(folder, 'dist');
  const hash = (/** @type {string} */ name) =>
    createHash('sha256')
      .update(readFileSync(join(dist, name)))
      .digest('hex');
  return new Map(readdirSync(dist).map((name) => [name, hash(name)]));
}

function buildElsewhere() {
  const folder = mkdtempSync(join(tmpdir(), 'detloss-build-'));
  try {
    for (const path of listSources()) cpSync(join(ROOT, path), join(folder, path));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
    return build(folder);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Lists the files of a checkout, and new files that git does not ignore. */
function listSources() {
  const args = ['ls-files', '-co', '--exclude-standard'];
  const listed = execFileSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  return listed.split('\n').filter((path) => path && existsSync(join(ROOT, path)));
}
