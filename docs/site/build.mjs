/**
 * Builds the site of the documentation: README, guides and the API of every entry. Each warning of TypeDoc is an error: a
 * broken link, or an export without a docstring.
 *
 *   npm run build:docs                        into build/docs
 *   node docs/site/build.mjs <folder>         into another one
 */
import { argv, chdir } from 'node:process';
import { fileURLToPath } from 'node:url';
import { ensureInstalled } from '../../scripts/ensure-installed.mjs';
import { CATEGORY_ORDER, categoryOf, DOCUMENTS, MAIN_CATEGORY, placeOf } from './contents.mjs';
import { fitNarrowScreens } from './narrow-screens.mjs';

await ensureInstalled('docs/site');
const { Application, Comment, CommentTag, Converter, PageEvent } = await import('typedoc');

/** Relevance of the main category among results of the search that fit as well: the tasks have methods of the same names. */
const MAIN_RELEVANCE = 1.5;

/** Reflections that cannot have a docstring: methods for TypeScript's `using`. */
const WITHOUT_A_PLACE = [
  'DetectionLoss',
  'SegmentationLoss',
  'PoseLoss',
  'OrientedLoss',
  'DualLoss',
  'ClassificationLoss',
  'SemanticLoss',
  'DepthLoss',
  'Losses',
].map((name) => `detloss.${name}.[dispose]`);

chdir(fileURLToPath(new URL('../..', import.meta.url)));
const app = await Application.bootstrap({
  name: 'detloss',
  includeVersion: true,
  tsconfig: 'docs/site/tsconfig.json',
  entryPoints: [
    'src/index.ts',
    'src/adapters/tfjs/index.ts',
    'src/adapters/jax/index.ts',
    'src/adapters/ort.ts',
  ],
  readme: 'README.md',
  projectDocuments: Object.values(DOCUMENTS).flat(),
  // package.json names no repository that sources could link to
  disableSources: true,
  excludeExternals: true,
  preservedTypeAnnotationTags: ['@throws'],
  categoryOrder: CATEGORY_ORDER,
  categorizeByGroup: false,
  headings: { readme: false },
  includeHierarchySummary: false,
  navigation: { includeCategories: true, includeGroups: false },
  sort: ['kind', 'source-order'],
  kindSortOrder: ['Document', 'Module', 'Function', 'Interface', 'Class', 'TypeAlias'],
  sortEntryPoints: false,
  searchInComments: true,
  searchInDocuments: true,
  highlightLanguages: ['bash', 'html', 'http', 'javascript', 'json', 'python', 'typescript'],
  validation: { notDocumented: true },
  intentionallyNotDocumented: WITHOUT_A_PLACE,
  intentionallyNotExported: ['src/types.ts:Optional', 'src/types.ts:WhereGiven'],
  treatWarningsAsErrors: true,
  customCss: 'docs/site/style.css',
  customJs: 'docs/site/open-guides.js',
  favicon: 'docs/site/favicon.svg',
  hideGenerator: true,
  out: argv[2] ?? 'build/docs',
});

app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_, document) => {
  const [, title] = /^# (.+)/.exec(document.content[0].text) ?? [];
  document.name = title ?? document.name;
  document.frontmatter.category = placeOf(app.files.getReflectionPath(document) ?? '');
});
app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
  for (const module of project.children ?? []) {
    const isAdapter = module.name !== 'detloss';
    categorize(module, isAdapter ? 'API of adapters' : 'API');
    for (const child of isAdapter ? [] : module.children) {
      const category = categoryOf(child.name);
      categorize(child, category);
      if (category !== MAIN_CATEGORY) continue;
      for (const found of [child, ...(child.children ?? [])]) found.relevanceBoost = MAIN_RELEVANCE;
    }
  }
  for (const { comment } of Object.values(project.reflections)) joinThrows(comment);
});

app.renderer.on(PageEvent.END, (page) => {
  page.contents = fitNarrowScreens(page.contents);
});

const project = await app.convert();
if (project) {
  app.validate(project);
  await app.generateOutputs(project);
}
if (!project || app.logger.hasErrors() || app.logger.hasWarnings()) process.exitCode = 1;

function categorize(reflection, category) {
  const tag = new CommentTag('@category', [{ kind: 'text', text: category }]);
  for (const it of reflection.signatures ?? [reflection]) {
    it.comment ??= new Comment();
    it.comment.blockTags.push(tag);
  }
}

/** Joins all `@throws` tags into one list, instead of a heading for each. */
function joinThrows(comment) {
  const thrown = comment?.getTags('@throws') ?? [];
  if (thrown.length === 0) return;
  const list = thrown.flatMap(({ typeAnnotation = '', content }) => [
    { kind: 'text', text: `\n- ${typeAnnotation.replace(/^\{(.*)\}$/, '`$1`')} ` },
    ...content,
  ]);
  comment.removeTags('@throws');
  comment.blockTags.push(new CommentTag('@throws', list));
}
