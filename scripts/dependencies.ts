/**
 * Every dependency has a row in ARCHITECTURE.md, and is imported where that row says and nowhere else. One that nothing
 * uses is found as well. `scripts/tidy.ts` runs these rules; the test feeds them what breaks them.
 */

export interface Project {
  /** package.json and package-lock.json, parsed. */
  readonly manifest: {
    readonly dependencies?: Readonly<Record<string, string>>;
    readonly devDependencies?: Readonly<Record<string, string>>;
  };
  readonly lock: {
    readonly packages: Readonly<
      Record<string, { readonly license?: string; readonly bin?: Readonly<Record<string, string>> }>
    >;
  };
  /** ARCHITECTURE.md. */
  readonly architecture: string;
  /** Sources by path: TypeScript and shell. */
  readonly sources: ReadonlyMap<string, string>;
}

export interface DependencyRow {
  readonly name: string;
  readonly licence: string;
  /** Files, or folders with everything below them. */
  readonly places: readonly string[];
}

/** Rows of the section "Dependencies": name, what for, licence, weight, where it is imported. */
export function rowsOf(architecture: string): DependencyRow[] {
  const section = /\n## Dependencies\n([\s\S]*?)(?=\n## |$)/.exec(architecture)?.[1] ?? '';
  return [...section.matchAll(/^\| `([^`]+)` \|[^|]*\|([^|]*)\|[^|]*\|([^|]*)\|$/gm)].map(
    ([, name, licence, places]) => ({
      name: name!,
      licence: licence!.trim(),
      places: [...places!.matchAll(/`([^`]+)`/g)].map((match) => match[1]!),
    }),
  );
}

/** `@scope/name` or `name` of a specifier; undefined for relative ones and for what belongs to Node.js. */
export function packageOf(specifier: string): string | undefined {
  if (/^(\.|\/|node:)/.test(specifier)) return undefined;
  return /^(@[^/]+\/[^/]+|[^/]+)/.exec(specifier)?.[1];
}

/** Packages that a source imports, at its start or later, or whose files it looks for. */
function packagesIn(source: string): Set<string> {
  const found = source.matchAll(
    /(?:^|\n)\s*(?:import|export)\s[^;]*?from\s+'([^']+)'|(?:^|\n)import\s+'([^']+)'|\b(?:import|require|resolve)\(\s*'([^']+)'/g,
  );
  return new Set([...found].flatMap((match) => packageOf(match[1] ?? match[2] ?? match[3]!) ?? []));
}

/** What is wrong, each with the file where it is to be put right. */
export function checkDependencies(project: Project): { file: string; message: string }[] {
  const findings: { file: string; message: string }[] = [];
  const { manifest, lock } = project;
  const names = [manifest.dependencies, manifest.devDependencies].flatMap((all) => Object.keys(all ?? {}));
  const rows = new Map(rowsOf(project.architecture).map((row) => [row.name, row]));
  const report = (file: string, message: string): void => void findings.push({ file, message });
  const used = new Set<string>();
  for (const [file, source] of project.sources) {
    for (const name of packagesIn(source)) {
      if (!names.includes(name)) continue;
      used.add(name);
      const places = rows.get(name)?.places ?? [];
      const isAllowed = places.some((place) => file === place || file.startsWith(`${place}/`));
      if (!isAllowed && rows.has(name)) report(file, `${name} may be imported in ${places.join(', ')} only`);
    }
  }
  for (const name of names) {
    const packed = lock.packages[`node_modules/${name}`];
    const row = rows.get(name);
    if (row === undefined) report('ARCHITECTURE.md', `${name} has no row under "Dependencies"`);
    else if (packed?.license !== undefined && packed.license !== row.licence)
      report('ARCHITECTURE.md', `${name} has the licence ${packed.license}, not ${row.licence}`);
    const isUsed = used.has(name) || name.startsWith('@types/') || isRun(name, packed?.bin, project.sources);
    if (!isUsed) report('package.json', `nothing uses ${name}`);
  }
  for (const name of rows.keys())
    if (!names.includes(name)) report('ARCHITECTURE.md', `${name} is no dependency`);
  return findings;
}

/** A script starts one of its programs. */
function isRun(
  name: string,
  bin: Readonly<Record<string, string>> | undefined,
  sources: ReadonlyMap<string, string>,
): boolean {
  const signs = Object.keys(bin ?? {}).flatMap((program) => [`tool('${program}')`, `.bin/${program}"`]);
  return [...sources.values()].some(
    (source) => signs.some((sign) => source.includes(sign)) || source.includes(`'node_modules', '${name}'`),
  );
}
