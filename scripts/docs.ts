/**
 * Writes the generated parts of the documents: routes, settings, commands, error codes and metrics, each from where it is
 * declared. `--check` writes nothing, and fails when a document differs (`npm run check`).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CATALOG } from '../src/app/catalog.ts';
import { createProgram } from '../src/app/program.ts';
import { ErrorTable } from '../src/host/errors.ts';
import { Bench } from '../testkit/bench.ts';
import { Daemon } from '../testkit/daemon.ts';
import { apiTable, type OpenApi } from './docs/api.ts';
import { commandsReference } from './docs/commands.ts';
import { errorsTable } from './docs/errors.ts';
import { replacePart } from './docs/markdown.ts';
import { metricsTable } from './docs/metrics.ts';
import { settingsOfSystems } from './docs/sections.ts';
import { ROOT } from './steps.ts';

interface Part {
  /** Below `docs/`. */
  readonly file: string;
  /** In its marks. */
  readonly name: string;
  readonly text: string;
}

/** What a daemon says of itself while every system is on. */
async function askDaemon(): Promise<{ readonly document: OpenApi; readonly metrics: string }> {
  const bench = await Bench.open();
  try {
    const systems = CATALOG.flatMap(({ name }) => ['--system', name]);
    const daemon = await Daemon.up(bench, 'docs', '--no-dht', '--no-lsd', ...systems);
    const document = (await (await daemon.fetch('/api/v1/openapi.json')).json()) as OpenApi;
    const metrics = await (await daemon.fetch('/metrics')).text();
    await daemon.stop();
    return { document, metrics };
  } finally {
    await bench.close();
  }
}

async function partsOfDocuments(): Promise<Part[]> {
  const { document, metrics } = await askDaemon();
  return [
    { file: 'routes.md', name: 'routes', text: apiTable(document) },
    { file: 'metrics.md', name: 'metrics', text: metricsTable(metrics) },
    { file: 'commands.md', name: 'commands', text: commandsReference(createProgram()) },
    { file: 'errors.md', name: 'codes', text: errorsTable(new ErrorTable(CATALOG)) },
    { file: 'settings.md', name: 'settings', text: await settingsOfSystems(CATALOG) },
  ];
}

const isCheck = process.argv.includes('--check');
for (const { file, name, text } of await partsOfDocuments()) {
  const path = join(ROOT, 'docs', file);
  const before = readFileSync(path, 'utf8');
  const after = replacePart(before, name, text);
  if (before === after) continue;
  if (!isCheck) {
    writeFileSync(path, after);
    console.log(`docs/${file}: ${name}`);
    continue;
  }
  const lines = before.split('\n');
  const changed = after.split('\n').find((line, index) => line !== lines[index]);
  console.error(
    `docs/${file}: ${name} differs, run npm run docs; the first line that should be there:\n${changed}`,
  );
  process.exitCode = 1;
}
