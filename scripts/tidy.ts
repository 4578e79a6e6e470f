/**
 * The rules of the house, executed: layers, rooms, cycles, headers, names; lengths (`lengths.ts`) and dependencies (`dependencies.ts`).
 * Biome and the compiler do the rest.
 * `checkTree` reads the tracked files; `checkFile` judges one and is what the test feeds.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { checkDependencies } from './dependencies.ts';
import { checkLengths } from './lengths.ts';

export interface Finding {
  readonly file: string;
  readonly rule: string;
  readonly message: string;
}

/** Types alone: what the page knows of the daemon is what the API tells; of a system, the page's folder of that system. */
const PAGE_MAY_IMPORT = /^src\/(systems\/[a-z0-9-]+)\/api\/types\.ts$/;

/**
 * What each top folder of src may import, besides itself. Imports point down only; systems never import each other, they
 * meet through the host.
 */
const LAYERS: Readonly<Record<string, readonly string[]>> = {
  ground: [],
  net: ['ground'],
  data: ['ground'],
  host: ['ground', 'net', 'data'],
  http: ['ground', 'net', 'data', 'host'],
  cli: ['ground', 'net', 'data', 'host'],
  systems: ['ground', 'net', 'data', 'host', 'http', 'cli'],
  app: ['ground', 'net', 'data', 'host', 'http', 'cli', 'systems'],
};

/** The program knows systems by what they declare. */
const CATALOG = 'src/app/catalog.ts';

/** The folder of `src` and, for a system, its own: `systems/torrents`. */
function layerOf(file: string): string {
  const [, layer, system] = file.split('/');
  return layer === 'systems' ? `systems/${system}` : layer!;
}

/** The folder that holds the rooms `wire`, `core` and `node` of one protocol. */
const protocolOf = (file: string): string => file.replace(/\/(?:wire|core|node)\/.*$/, '');

/**
 * Rooms that hold no clocks, sockets, promises or randomness: `wire` and `core` at any depth, and what lies above
 * `node/` in `ground`, `content` and `storage`. tsconfig.pure.json names the same files to the compiler; a test compares
 * the two.
 */
export function isPure(file: string): boolean {
  if (file.endsWith('.test.ts') || !file.endsWith('.ts')) return false;
  return /^src\/(?:[^/]+\/)*(?:(?:ground|content|storage)\/[^/]+|(?:wire|core)\/.+)\.ts$/.test(file);
}

const IMPURE: readonly (readonly [RegExp, string])[] = [
  [/\bnew Promise\b|\bPromise[.<]/, 'promises'],
  [/\basync\b(?=\s*(\(|function|[a-z#]+\())/, 'async functions'],
  [/\bawait\b/, 'await'],
  [/\bDate\b(?!\.)|\bDate\./, 'Date'],
  [/\bMath\.random\b/, 'Math.random'],
  [/\bconsole\./, 'console'],
  [/\bset(Timeout|Interval|Immediate)\b/, 'timers'],
  [/\bEventEmitter\b/, 'emitters'],
];

/** Node's walk does not end where a file system takes no folders; pino's `mkdir` is the same walk. */
const RECURSIVE_MKDIR = /\bmkdir(Sync)?\([^;]*?\brecursive: true|\bmkdir: true/;

/** TypeBox is no dependency of the package: `host/schema.ts` has its functions. */
const TYPEBOX_AT_RUN_TIME =
  /(?:^|\n)\s*(?:import|export) (?!type\b)[^;]*?from '(?:typebox|@fastify\/type-provider-typebox)/;

export function importsOf(source: string): string[] {
  return [...source.matchAll(/(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'([^']+)'/g)].map(
    (match) => match[1]!,
  );
}

/** What is loaded when it is needed. */
const laterOf = (source: string): string[] =>
  [...source.matchAll(/\bimport\('(\.[^']+)'\)/g)].map((match) => match[1]!);

function stripComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1');
}

export function checkFile(file: string, source: string): Finding[] {
  const findings: Finding[] = [];
  const report = (rule: string, message: string): void => void findings.push({ file, rule, message });
  if (!/^(#!.*\n)?(\/\*\*|\/\/)/.test(source))
    report('header', 'a file opens with a comment that says what it is for');
  if (!/^[a-z0-9.-]+$/.test(file.split('/').pop()!)) report('name', 'file names are kebab-case');
  if (/\b(test|it|describe)\.only\(/.test(source)) report('only', 'a test that shuts out the others');
  if (file.startsWith('src/')) {
    checkImports(file, source, report);
    if (!file.endsWith('.test.ts') && RECURSIVE_MKDIR.test(stripComments(source)))
      report('mkdir', 'a recursive mkdir may never end: use ground/node/make-folder.ts');
    if (!file.endsWith('.test.ts') && TYPEBOX_AT_RUN_TIME.test(source))
      report('typebox', 'TypeBox is imported for its types alone: use Type of host/schema.ts');
  }
  if (file.startsWith('web/src/')) checkPageImports(file, source, report);
  if (isPure(file)) {
    const code = stripComments(source).replace(/'(?:[^'\\\n]|\\.)*'|`[^`]*`/g, "''");
    for (const [pattern, what] of IMPURE) if (pattern.test(code)) report('pure', `${what} in a pure room`);
  }
  return findings;
}

/** The shell knows no system, systems never each other; `systems/index.ts` lists them, and `main.tsx` brings both together. */
function checkPageImports(
  file: string,
  source: string,
  report: (rule: string, message: string) => void,
): void {
  const layer = pageLayerOf(file);
  for (const specifier of [...importsOf(source), ...laterOf(source)].filter((name) => name.startsWith('.'))) {
    const target = normalize(join(dirname(file), specifier));
    const targetLayer = pageLayerOf(target);
    if (target.startsWith('web/src/')) {
      const isBelow = targetLayer === 'shell' || targetLayer === layer;
      if ((layer === 'shell' || layer.startsWith('systems/')) && !isBelow)
        report('layer', `${layer} of the page may not import ${targetLayer} (${specifier})`);
    } else if (PAGE_MAY_IMPORT.exec(target)?.[1] !== layer && !file.endsWith('.test.ts'))
      report(
        'layer',
        `of the daemon, the page may import src/systems/<name>/api/types.ts of its own system only (${specifier})`,
      );
  }
}

/** `shell`, the folder of a system, or nothing for what is above both. */
function pageLayerOf(file: string): string {
  return /^web\/src\/(shell|systems\/[^/]+)\//.exec(file)?.[1] ?? '';
}

function checkImports(file: string, source: string, report: (rule: string, message: string) => void): void {
  const layer = layerOf(file);
  const mayImport = LAYERS[layer.split('/')[0]!];
  if (mayImport === undefined && !layer.endsWith('.ts')) report('layer', `${layer} is no folder of the plan`);
  for (const specifier of [...importsOf(source), ...laterOf(source)]) {
    if (!specifier.startsWith('.')) {
      if (isPure(file)) report('room', `${specifier} in a pure room`);
      continue;
    }
    const target = normalize(join(dirname(file), specifier));
    const targetLayer = layerOf(target);
    const isTest = file.endsWith('.test.ts');
    const isWithin = targetLayer === layer || layer.endsWith('.ts') || isTest;
    const isBelow = mayImport?.includes(targetLayer.split('/')[0]!) === true;
    const isOtherSystem = layer.startsWith('systems/') && targetLayer.startsWith('systems/');
    const isBesideCatalog =
      layer === 'app' && targetLayer.startsWith('systems/') && file !== CATALOG && !isTest;
    if (isBesideCatalog) report('layer', `the program meets systems through ${CATALOG} alone (${specifier})`);
    else if (!isWithin && (!isBelow || isOtherSystem))
      report('layer', `${layer} may not import ${targetLayer} (${specifier})`);
    if (isPure(file)) checkPureImport(file, target, (message) => report('room', `${message} (${specifier})`));
  }
}

function checkPureImport(file: string, target: string, report: (message: string) => void): void {
  const isGround = target.startsWith('src/ground/');
  const isOwn = protocolOf(target) === protocolOf(file);
  // Beside `core/`, as in `storage`.
  const isBeside = dirname(target) === protocolOf(file) && isPure(target);
  if (/\/node\//.test(target)) report('a pure room may not import a driver');
  if (/\/wire\//.test(file) && !isGround && !target.startsWith(`${dirname(file)}/`))
    report('wire may import ground only');
  if (/\/core\//.test(file) && !isOwn && !isBeside && !isGround && !target.startsWith('src/data/content/'))
    report('core may import ground, content and its own wire only');
}

/** Import cycles among files; type-only imports count, since they couple as well. */
export function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const state = new Map<string, 'open' | 'done'>();
  const visit = (file: string, path: string[]): void => {
    if (state.get(file) === 'done') return;
    if (state.get(file) === 'open') {
      cycles.push([...path.slice(path.indexOf(file)), file]);
      return;
    }
    state.set(file, 'open');
    for (const next of graph.get(file) ?? []) visit(next, [...path, file]);
    state.set(file, 'done');
  };
  for (const file of graph.keys()) visit(file, []);
  return cycles;
}

/** What no tracked file may hold, whatever its kind. */
function checkText(file: string, text: string): Finding[] {
  const findings: Finding[] = [];
  const registry = ['registry', 'npmjs', 'org'].join('.');
  if (text.includes(registry)) findings.push({ file, rule: 'registry', message: 'names a package registry' });
  if (file.endsWith('package-lock.json') && /"resolved": "https?:/.test(text)) {
    findings.push({ file, rule: 'registry', message: 'the lockfile carries registry addresses' });
  }
  return findings;
}

export function checkTree(root: string): Finding[] {
  const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
    encoding: 'utf8',
  });
  const findings: Finding[] = [];
  const graph = new Map<string, string[]>();
  const sources = new Map<string, string>();
  const lines = new Map<string, number>();
  for (const file of tracked
    .split('\n')
    .filter((name) => /\.(tsx?|css|json|md|sh|py|yml)$/.test(name) || name === 'shoal')) {
    let source: string;
    try {
      source = readFileSync(join(root, file), 'utf8');
    } catch {
      continue;
    }
    findings.push(...checkText(file, source));
    if (/\.(tsx?|sh)$/.test(file)) sources.set(file, source);
    if (!/\.tsx?$/.test(file)) continue;
    findings.push(...checkFile(file, source));
    lines.set(file, source.split('\n').length - 1);
    const local = importsOf(source).filter((specifier) => specifier.startsWith('.'));
    graph.set(
      file,
      local.map((specifier) => normalize(join(dirname(file), specifier))),
    );
  }
  for (const cycle of findCycles(graph)) {
    findings.push({ file: cycle[0]!, rule: 'cycle', message: cycle.join(' → ') });
  }
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const long = checkLengths(lines, read('scripts/long-files.txt'));
  findings.push(...long.map((finding) => ({ ...finding, rule: 'size' })));
  const found = checkDependencies({
    manifest: JSON.parse(read('package.json')),
    lock: JSON.parse(read('package-lock.json')),
    architecture: read('ARCHITECTURE.md'),
    sources,
  });
  findings.push(...found.map((finding) => ({ ...finding, rule: 'dependency' })));
  return findings;
}

if (import.meta.main) {
  const findings = checkTree(join(import.meta.dirname, '..'));
  for (const { file, rule, message } of findings) console.error(`${file}: ${rule}: ${message}`);
  console.log(findings.length === 0 ? 'tidy: all rules hold' : `tidy: ${findings.length} findings`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
