// A new system touches its own folder and two lines of the catalogue: settings, a database, errors, commands, a root and
// links come with it, in a scratch copy that is compiled and asked.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { ROOT, tool } from '../../scripts/steps.ts';
import { checkFile } from '../../scripts/tidy.ts';
import { Bench } from '../../testkit/bench.ts';
import { EMPTY_SYSTEM } from '../../testkit/empty-system.ts';
import { type JsonEvent, Program } from '../../testkit/program.ts';

let bench: Bench;
let copy: string;
before(async () => {
  bench = await Bench.open();
  copy = join(bench.dir, 'copy');
});
after(() => bench.close());

/** More would be a second list of systems. */
const MAX_LINES_ELSEWHERE = 6;

function makeCopy(): void {
  mkdirSync(copy);
  for (const name of ['src', 'package.json', 'tsconfig.json', 'tsconfig.base.json'])
    cpSync(join(ROOT, name), join(copy, name), {
      recursive: true,
      filter: (path) => !path.endsWith('.test.ts'),
    });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
}

function addEmpty(): void {
  const folder = join('src', 'systems', 'empty');
  mkdirSync(join(copy, folder));
  for (const [name, text] of Object.entries(EMPTY_SYSTEM)) {
    const path = join(folder, name);
    writeFileSync(join(copy, path), text);
    if (name.endsWith('.ts')) assert.deepEqual(checkFile(path, text), []);
  }
  const catalog = join(copy, 'src', 'app', 'catalog.ts');
  const before = readFileSync(catalog, 'utf8');
  const after = before
    .replace(/(import \{ torrents \})/, "import { empty } from '../systems/empty/system.ts';\n$1")
    .replace(/(CATALOG[^=]*= \[)/, '$1empty, ');
  writeFileSync(catalog, after);
  const lines = after.split('\n').filter((line) => !before.split('\n').includes(line)).length;
  assert.ok(lines === 2 && lines <= MAX_LINES_ELSEWHERE);
}

/** Of the copy, with a state folder of its own. */
function shoal(...args: string[]): Program {
  const main = join(copy, 'src', 'app', 'main.ts');
  const where = args.includes('--help') ? [] : ['--state', join(bench.dir, 'state-copy'), '--json'];
  const program = new Program(`shoal ${args[0]}`, process.execPath, [main, ...args, ...where], {}, copy);
  bench.programs.push(program);
  return program;
}

async function run(...args: string[]): Promise<{ status: number | null; events: readonly JsonEvent[] }> {
  const program = shoal(...args);
  return { status: await program.exited, events: program.events };
}

interface Asked {
  readonly status: number;
  readonly answer: Readonly<Record<string, unknown>>;
}
type Ask = (method: string, path: string, body?: object) => Promise<Asked>;

/** Runs a daemon while some work is done with it. */
async function withDaemon(options: readonly string[], work: (ask: Ask) => Promise<void>): Promise<void> {
  const daemon = shoal(
    ...['up', ...options, '--download-dir', join(bench.dir, 'files-copy')],
    ...['--port', '0', '--api-port', '0', '--no-dht', '--no-lsd'],
  );
  const { url, token } = (await daemon.event('ready')) as unknown as { url: string; token: string };
  await work(async (method, path, body) => {
    const init = body === undefined ? {} : { body: JSON.stringify(body) };
    const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' };
    const response = await fetch(new URL(path, url), {
      method,
      headers: body === undefined ? { authorization: headers.authorization } : headers,
      ...init,
    });
    return { status: response.status, answer: (await response.json()) as Asked['answer'] };
  });
  assert.equal(await daemon.stop(), 0);
}

test('it is a folder and two lines of the catalogue, and compiles', () => {
  makeCopy();
  addEmpty();
  const { status, stdout } = spawnSync(tool('tsc'), ['-p', copy], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});

test('while it is off, its command is there, and its root names it', async () => {
  const help = shoal('--help');
  assert.equal(await help.exited, 0);
  assert.match(help.output, /^ {2}look .*look into the void$/m);
  const listed = await run('systems', 'list');
  const { isOn, usesIfOn } = listed.events.find(({ name }) => name === 'empty')!;
  assert.deepEqual([isOn, usesIfOn], [false, ['torrents']]);
  await withDaemon([], async (ask) => {
    const { status, answer } = await ask('GET', '/void');
    assert.equal(status, 404);
    assert.match(String(answer.message), /\/void belongs to empty, which is off/);
    assert.ok(!existsSync(join(bench.dir, 'state-copy', 'empty.db')), 'what is off has no database');
    // Its settings can be changed before it is switched on.
    const changed = await ask('PATCH', '/api/v1/systems/empty/settings', { depth: 4 });
    assert.deepEqual(changed.answer.settings, { depth: 4 });
  });
});

test('while it is on, it has its settings, its database, its errors, its links and its status', async () => {
  await withDaemon(['--system', 'empty'], async (ask) => {
    assert.deepEqual((await ask('GET', '/api/v1/empty')).answer, { depth: 4, links: 0 });
    const refused = await ask('PATCH', '/api/v1/systems/empty/settings', { depth: 10 });
    assert.deepEqual([refused.status, refused.answer.code], [400, 'bad-argument']);
    assert.match(String(refused.answer.message), /empty: "depth" has to be at most 9/);
    await ask('PATCH', '/api/v1/systems/empty/settings', { depth: 5 });
    const claimed = await ask('POST', '/api/v1/links/claims', { link: 'void:1' });
    assert.deepEqual(claimed.answer.claims, [{ system: 'empty', claim: 'sure' }]);
    const opened = await ask('POST', '/api/v1/links', { link: 'void:1' });
    assert.deepEqual([opened.status, opened.answer.system], [201, 'empty']);
    const added = await run('add', 'void:2');
    assert.equal(added.status, 0);
    assert.equal(added.events.find(({ event }) => event === 'opened')!.system, 'empty');
    assert.deepEqual((await ask('GET', '/api/v1/empty')).answer, { depth: 5, links: 2 });
    const failed = await ask('GET', '/void');
    assert.deepEqual([failed.status, failed.answer.code], [410, 'nobody-there']);
    const looked = await run('look');
    assert.deepEqual([looked.status, looked.events.at(-1)!.code], [3, 'nobody-there']);
    const status = (await run('status')).events.find(({ event }) => event === 'status')!;
    const told = (status.systems as { name: string; line: string }[]).find(({ name }) => name === 'empty');
    assert.equal(told!.line, 'nothing, 5 m deep');
  });
});

test('an exported state has its database and its settings', async () => {
  const path = join(bench.dir, 'exported.db');
  const exported = await run('state', 'export', path);
  const { databases } = exported.events.find(({ event }) => event === 'exported')!;
  assert.ok((databases as string[]).includes('empty.db'));
  const elsewhere = join(bench.dir, 'elsewhere');
  const main = join(copy, 'src', 'app', 'main.ts');
  const imported = bench.run('import', process.execPath, [
    main,
    'state',
    'import',
    path,
    '--state',
    elsewhere,
  ]);
  assert.equal(await imported.exited, 0, imported.output);
  assert.match(readFileSync(join(elsewhere, 'settings.json'), 'utf8'), /"depth": 5/);
  assert.ok(existsSync(join(elsewhere, 'empty.db')));
});
