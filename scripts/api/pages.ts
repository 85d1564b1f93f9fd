import type { Entry, SurfaceItem } from './public-surface.ts';

/** Which page tells of what, by the file that declares it. The first that fits. */
const TOPICS: readonly (readonly [page: string, title: string, files: RegExp])[] = [
  ['events', 'Events of a run', /^supervisor\/(build-event|inspection)|^supervisor\/.*(-events?|feed|outbox)\.ts$/],
  ['workbench', 'Shells, and how states differ', /^supervisor\/(workbench|attempt-reference)\.ts$/],
  [
    'plan',
    'Plans, receipts, provenance and locks',
    /^supervisor\/((plan|receipt|verify-provenance|package-lock)\.ts$|placement\/)/,
  ],
  ['supervisor', 'The supervisor and its runs', /^supervisor\/[^/]+$/],
  ['up-to-date', 'What is up to date, and why not', /^supervisor\/assess\//],
  ['watch', 'Watches', /^supervisor\/watch\//],
  ['verification', 'Whether a project comes out the same', /^supervisor\/verification\//],
  ['garbage', 'What is removed', /^supervisor\/gc\//],
  ['specification', 'Specifications', /^spec-schema\//],
  ['machines', 'State machines and outcomes', /^machines\//],
  ['isolation', 'Isolation, limits and the host', /^sandbox\//],
  ['actions', 'Actions', /^actions\//],
  ['artifacts', 'What the store records of artifacts', /^store\//],
  ['exchange', 'Artifacts between stores', /^supervisor\/(exchange|checkpoint)\//],
  ['errors', 'Refusals', /^errors\.ts$/],
  ['telemetry', 'Telemetry', /^telemetry\//],
  ['others', 'Others', /^/],
];

const NOTE = `<!-- Made by \`npm run api\` from the sources. -->`;

/** The pages of the reference, by their path, as Markdown. */
export function apiPages(items: readonly SurfaceItem[], entries: readonly Entry[]): ReadonlyMap<string, string> {
  const topics = TOPICS.map(([page, title]) => ({
    path: `docs/api/${page}.md`,
    page,
    title,
    items: items.filter((item) => topicOf(item) === page),
  })).filter((topic) => topic.items.length > 0);
  const anchors = anchorsOf(items);
  const pages = topics.map(({ path, page, title, items: ofTopic }): [string, string] => [
    path,
    [
      NOTE,
      `# ${title}`,
      'All pages: [API reference](README.md).',
      ...ofTopic.map((item) => section(item, page, anchors)),
    ]
      .join('\n\n')
      .concat('\n'),
  ]);
  return new Map([['docs/api/README.md', overview(topics, entries, anchors)], ...pages]);
}

const topicOf = ({ file }: SurfaceItem): string => TOPICS.find(([, , files]) => files.test(file))?.[0] ?? 'others';

/** As a heading gets it: the name in small letters, with a number from the second of its page on. */
function anchorsOf(items: readonly SurfaceItem[]): ReadonlyMap<SurfaceItem, string> {
  const counts = new Map<string, number>();
  return new Map(
    items.map((item) => {
      const place = `${topicOf(item)}.md#${item.name.toLowerCase()}`;
      const count = counts.get(place) ?? 0;
      counts.set(place, count + 1);
      return [item, count === 0 ? place : `${place}-${count}`];
    }),
  );
}

function overview(
  topics: readonly { page: string; title: string; items: readonly SurfaceItem[] }[],
  entries: readonly Entry[],
  anchors: ReadonlyMap<SurfaceItem, string>,
): string {
  const ofEntry = ({ specifier }: Entry): string[] => {
    const tables = topics.flatMap(({ title, page, items }) => {
      const rows = items
        .filter(({ exportedBy }) => exportedBy.includes(specifier))
        .map((item) => `- ${item.kind} [\`${item.name}\`](${anchors.get(item)}): ${firstLine(item)}`);
      return rows.length === 0 ? [] : [`### [${title}](${page}.md)`, rows.join('\n')];
    });
    return [`## \`import … from '${specifier}'\``, ...tables];
  };
  return [
    NOTE,
    '# API reference',
    'Everything that the package exports, with its types, from the sources and their docstrings. A change of any of it fails\n' +
      '`npm test` until these pages are made anew with `npm run api`. What is not here is no promise.',
    ...entries.flatMap(ofEntry),
  ]
    .join('\n\n')
    .concat('\n');
}

function section(item: SurfaceItem, page: string, anchors: ReadonlyMap<SurfaceItem, string>): string {
  const links = item.uses.map((used) => {
    const place = anchors.get(used) ?? '';
    return `[\`${used.name}\`](${place.startsWith(`${page}.md#`) ? place.slice(page.length + 3) : place})`;
  });
  return [
    `## \`${item.name}\``,
    ...(item.exportedBy.length === 0 ? ['Not exported: part of the types of others.'] : []),
    ...(item.doc === '' ? [] : [markdownOf(item.doc)]),
    ['```ts', item.code.trim(), '```'].join('\n'),
    ...(links.length === 0 ? [] : [`Made of: ${links.join(', ')}`]),
  ].join('\n\n');
}

/** The docstring as Markdown; each `@throws` a paragraph. */
const markdownOf = (doc: string): string =>
  doc.replaceAll(/\{@link (\w+)\}/g, '`$1`').replaceAll(/\s*@throws (\w+)/g, '\n\nThrows `$1`');

/** The first sentence of a docstring, or all of its first paragraph where it has none. */
export function firstLine({ doc }: Pick<SurfaceItem, 'doc'>): string {
  const paragraph = (
    markdownOf(doc)
      .trim()
      .split(/\n\s*\n/)[0] ?? ''
  ).replaceAll(/\s+/g, ' ');
  return /^.*?[^.][.?!](?=\s+[A-Z`{(]|$)/.exec(paragraph)?.[0] ?? paragraph;
}
