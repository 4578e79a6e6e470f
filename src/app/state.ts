/** `shoal state export` and `import`: what all systems remember, in one file. */
import { resolve } from 'node:path';
import { type CommonOptions, createOutput } from '../cli/options.ts';
import { EXIT, runCommand } from '../cli/run.ts';
import { printable } from '../cli/terminal/format.ts';
import { formatCount } from '../ground/count.ts';
import { exportState, importState, type StateContents } from '../host/state/state-archive.ts';
import { defaultStateDir } from '../host/state/state-folder.ts';
import { databaseFileOf } from '../host/state/system-database.ts';
import type { SystemDeclaration } from '../host/system.ts';
import { CATALOG } from './catalog.ts';

const folderOf = (options: CommonOptions): string => resolve(options.state ?? defaultStateDir());

/** What the systems of a catalogue keep in a state folder. */
export async function contentsOf(catalog: readonly SystemDeclaration[]): Promise<StateContents> {
  const databases = await Promise.all(
    catalog.map(async (system) => {
      const tables = await system.tables?.();
      return tables === undefined
        ? []
        : [{ file: databaseFileOf(system), version: tables.MIGRATIONS.length }];
    }),
  );
  return {
    databases: databases.flat(),
    folders: catalog.flatMap(({ stateFolders = [] }) => stateFolders),
  };
}

interface Kept {
  readonly line: string;
  readonly facts: Readonly<Record<string, unknown>>;
}

/** What is in a state folder, as its systems say. @param files keys, and what systems keep in folders */
async function describeState(folder: string, files: number): Promise<Kept> {
  const kept = await Promise.all(CATALOG.map((system) => system.describeKept?.(folder)));
  const known = kept.filter((each) => each !== undefined);
  return {
    line: [...known.map(({ line }) => line), formatCount(files, 'other file')].join(', '),
    facts: Object.assign({}, ...known.map(({ facts }) => facts)) as Kept['facts'],
  };
}

export async function runStateExport(file: string, options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async () => {
    const [folder, path] = [folderOf(options), resolve(file)];
    const { files, databases } = exportState(folder, path, await contentsOf(CATALOG));
    const { line, facts } = await describeState(folder, files);
    output.event('exported', { path, ...facts, files, databases });
    output.info(`${line}; your secret keys are in it: keep it to yourself`);
    output.result(printable(path));
    return EXIT.done;
  });
}

export async function runStateImport(file: string, options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async () => {
    const folder = folderOf(options);
    const { files, databases } = importState(resolve(file), folder, await contentsOf(CATALOG));
    const { line, facts } = await describeState(folder, files);
    output.event('imported', { path: folder, ...facts, files, databases });
    output.info(`${line}; what lies elsewhere here is looked for where it lay there`);
    output.result(printable(folder));
    return EXIT.done;
  });
}
