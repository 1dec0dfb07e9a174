import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, it } from 'vitest';
import { installRuntimes } from '../../scripts/runtimes.mjs';
import { softwareGpu } from '../../scripts/software-gpu.mjs';
import { FOLDER, installFrameworks } from '../frameworks/lib/folder.ts';
import { checkTypes } from './lib/check-types.ts';
import { type CodeBlock, moduleOf, readCodeBlocks } from './lib/code-blocks.ts';
import { DENO_RUN } from './lib/deno-run.ts';
import { ISOLATED } from './lib/isolated.ts';
import { listFiles } from './lib/list-files.ts';
import { logOf } from './lib/log-of.ts';
import { ROOT } from './lib/root.ts';
import { run } from './lib/run.ts';
import { useVisitor } from './lib/use-visitor.ts';

/** Imports of what the package is an adapter for. */
const FRAMEWORK = /from '(@tensorflow|@jax-js|onnxruntime-web)/;
/** Languages of what is shown and not run. */
const SHOWN = ['http', 'json', 'python', 'text'];

const files = [...(await listFiles('.md')), ...(await listFiles('.ts', 'src'))];
const blocks = (await Promise.all(files.map(readCodeBlocks))).flat();
const of = (...languages: string[]) => blocks.filter((it) => languages.includes(it.language));
const programs = of('js', 'ts', 'html');
const withFrameworks = programs.filter(({ code }) => FRAMEWORK.test(code));

const visitor = useVisitor(() => Promise.all([installFrameworks(), installRuntimes()]));
describe.concurrent('code in Markdown and in docstrings', () => {
  it.each(of('js', 'ts'))('$place runs', async ({ language, code, mark, printed }) => {
    const script = language === 'ts' ? toJavaScript(code) : code;
    const output = await (mark === 'deno' ? runInDeno(script) : runInNode(script));
    if (printed !== undefined) expect(output).toBe(printed);
  });

  it.each(of('html'))(
    '$place runs as a page, nothing on the console but its own',
    async (block) => {
      const { logged, complaints } = await openPage(block);
      expect(complaints).toEqual([]);
      if (block.printed !== undefined) expect(`${logged}\n`).toBe(block.printed);
    },
  );
});

describe('code in Markdown and in docstrings', () => {
  it('compiles in strict TypeScript as it stands', async () => {
    const others = programs.filter((block) => !withFrameworks.includes(block));
    expect(others.length).toBeGreaterThan(20);
    expect(await compile(visitor.consumer.folder, others)).toBe('');
  });

  it('compiles with the frameworks, in strict TypeScript as it stands', async () => {
    expect(withFrameworks.length).toBe(4);
    expect(await compile(FOLDER, withFrameworks)).toBe('');
  });
});

describe('Markdown', () => {
  it('names scripts that package.json has', async () => {
    const { scripts } = JSON.parse(await readFile(join(ROOT, 'package.json'), 'utf8'));
    const named = of('sh').flatMap(({ place, code }) =>
      [...code.matchAll(/npm (?:run )?((?<=run )[\w:]+|start|test)\b/g)].map(([, script]) => ({
        place,
        script,
      })),
    );
    expect(named.length).toBeGreaterThan(5);
    expect(named.filter(({ script }) => !(script in scripts))).toEqual([]);
  });

  it('has blocks that are run, or of a language that only shows', () => {
    const unknown = blocks.filter(
      (it) => !['js', 'ts', 'html', 'sh', ...SHOWN].includes(it.language),
    );
    expect(unknown.map(({ place }) => place)).toEqual([]);
    const marks = ['deno', 'isolated', undefined];
    expect(blocks.filter(({ mark }) => !marks.includes(mark)).map(({ place }) => place)).toEqual(
      [],
    );
  });
});

/** Type-checks blocks in files of their own, whose names tell the places. */
async function compile(folder: string, blocks: CodeBlock[]): Promise<string> {
  const names = blocks.map(({ place }) => `docs-${place.replace(/\W+/g, '-')}.mts`);
  const paths = names.map((name) => join(folder, name));
  await Promise.all(paths.map((path, i) => writeFile(path, moduleOf(blocks[i]))));
  try {
    return await checkTypes(folder, names);
  } finally {
    await Promise.all(paths.map((path) => rm(path)));
  }
}

function toJavaScript(code: string): string {
  const compilerOptions = { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext };
  return ts.transpileModule(code, { compilerOptions }).outputText;
}

/** With the frameworks, where it imports one. */
function runInNode(code: string): Promise<string> {
  const folder = FRAMEWORK.test(code) ? FOLDER : visitor.consumer.folder;
  return withFile(folder, 'mjs', code, (file) => run(process.execPath, [file], folder));
}

/** With a GPU in software. */
function runInDeno(code: string): Promise<string> {
  const { folder } = visitor.consumer;
  const [deno, ...flags] = DENO_RUN;
  return withFile(folder, 'mjs', code, (file) =>
    run(deno, [...flags, file], folder, softwareGpu()),
  );
}

function openPage({ code, mark }: CodeBlock) {
  const headers = mark === 'isolated' ? ISOLATED : {};
  const { folder } = visitor.consumer;
  return withFile(folder, 'html', code, (file) => logOf(visitor.browser, folder, file, headers));
}

let written = 0;
async function withFile<T>(
  folder: string,
  ending: string,
  code: string,
  work: (name: string) => Promise<T>,
): Promise<T> {
  const name = `docs-${process.pid}-${written++}.${ending}`;
  await writeFile(join(folder, name), code);
  try {
    return await work(name);
  } finally {
    await rm(join(folder, name));
  }
}
