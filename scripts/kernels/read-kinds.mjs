import { readFile } from 'node:fs/promises';
import ts from 'typescript';

/**
 * Reads the lists of names that kernels and shaders number, by enum name: `IOU_KINDS` of src/kinds.ts is `IouKind`.
 *
 * @returns {Promise<Map<string, { list: string, names: readonly string[] }>>}
 */
export async function readKinds() {
  const source = await readFile('src/kinds.ts', 'utf8');
  const compilerOptions = { module: ts.ModuleKind.ESNext, target: ts.ScriptTarget.ES2022 };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  const lists = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);
  return new Map(Object.keys(lists).map((list) => [enumOf(list), { list, names: lists[list] }]));
}

/**
 * Writes the lists as AssemblyScript enums.
 *
 * @param {Awaited<ReturnType<typeof readKinds>>} kinds
 */
export function enumsOf(kinds) {
  const enums = [...kinds].map(([name, { list, names }]) => {
    const members = names.map((member) => `  ${member.toUpperCase()},\n`).join('');
    return `/** Numbers of the names in \`${list}\` of src/kinds.ts. */\nexport enum ${name} {\n${members}}\n`;
  });
  return ['// Generated from src/kinds.ts by scripts/kernels/; do not edit.\n', ...enums].join(
    '\n',
  );
}

/** @param {string} list 'CLASS_LOSS_KINDS' → 'ClassLossKind' */
function enumOf(list) {
  const words = list.toLowerCase().replace(/s$/, '').split('_');
  return words.map((word) => word[0].toUpperCase() + word.slice(1)).join('');
}
