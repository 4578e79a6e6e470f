// What each command loads before it does anything: a server, a checker of schemas or a writer of logs is for the daemon alone.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { test } from 'node:test';
import { packageOf } from '../../scripts/dependencies.ts';
import { ROOT } from '../../scripts/steps.ts';

/** Packages of the daemon. */
const HEAVY: ReadonlySet<string> = new Set(['fastify', 'ajv', 'pino', 'prom-client', '@fastify/static']);
const STATIC_IMPORT = /^(?:import|export)\s+(?!type\b)(?:[^;'"]*?\sfrom\s+)?'([^']+)'/gms;

type IsLate = (specifier: string, path: string) => boolean;
const isHeavy: IsLate = (specifier) => HEAVY.has(packageOf(specifier) ?? '');

/** The first chain of static imports from a file to something that is for later; undefined when there is none. */
function chainFrom(start: string, isLate: IsLate = isHeavy): string | undefined {
  const before = new Map<string, string | undefined>([[start, undefined]]);
  for (const file of before.keys()) {
    for (const [, specifier] of readFileSync(file, 'utf8').matchAll(STATIC_IMPORT)) {
      const next = resolve(dirname(file), specifier!);
      if (isLate(specifier!, next)) {
        const chain = [specifier!];
        for (let at: string | undefined = file; at !== undefined; at = before.get(at))
          chain.unshift(at.slice(join(ROOT, 'src').length + 1));
        return chain.join(' → ');
      }
      if (specifier!.startsWith('.') && !before.has(next)) before.set(next, file);
    }
  }
  return undefined;
}

/** `stream` is the daemon where none is up. */
const DAEMON: ReadonlySet<string> = new Set([
  'up.ts',
  'up-log.ts',
  'stream.ts',
  'daemon-routes.ts',
  'host-routes.ts',
  'link-routes.ts',
  'settings-routes.ts',
]);

/** Every module of commands but those that are the daemon. */
function commandFiles(): string[] {
  const folders = ['app', 'systems/torrents/commands', 'systems/rules/commands'].map((path) =>
    join(ROOT, 'src', path),
  );
  const files = folders.flatMap((folder) =>
    readdirSync(folder)
      .filter((name) => name.endsWith('.ts') && !name.endsWith('.test.ts'))
      .map((name) => join(folder, name)),
  );
  return files.filter((file) => !DAEMON.has(basename(file)));
}

test('commands that drive the daemon or work without it load nothing of its server', () => {
  const files = commandFiles();
  assert.ok(files.length > 40, `${files.length} files`);
  for (const file of files) assert.equal(chainFrom(file), undefined);
});

test('the daemon is found to load its server: the search for such imports can fail', () => {
  assert.match(chainFrom(join(ROOT, 'src', 'app', 'up.ts'))!, /^app\/up\.ts → .*→ (fastify|pino)$/);
});

test('a peer loads no uTP before a packet or a dial needs it', () => {
  const isMachine: IsLate = (_, path) =>
    /\/net\/utp\//.test(path) && !/\/node\/(?:on-demand|options)\.ts$/.test(path);
  for (const file of [...commandFiles(), join(ROOT, 'src', 'index.ts')])
    assert.equal(chainFrom(file, isMachine), undefined);
  const transport = join(ROOT, 'src', 'net', 'utp', 'node', 'transport.ts');
  assert.match(chainFrom(transport, isMachine)!, /transport\.ts → /);
});

test('a peer loads no encryption before a link needs it', () => {
  const isEngine: IsLate = (_, path) =>
    /\/net\/encryption\//.test(path) && !/\/(?:policy|encryption)\.ts$/.test(path);
  for (const file of [...commandFiles(), join(ROOT, 'src', 'index.ts')])
    assert.equal(chainFrom(file, isEngine), undefined);
  const engine = join(ROOT, 'src', 'net', 'encryption', 'node', 'engine.ts');
  assert.match(chainFrom(engine, isEngine)!, /engine\.ts → /);
});
