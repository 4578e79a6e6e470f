// Every command takes the options that it heeds and no others; help and completions say so in one style.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { test } from 'node:test';
import type { Command } from 'commander';
import { renderCompletion } from './completion.ts';
import { createProgram } from './program.ts';

const OUTPUT = ['--json', '--quiet', '--verbose'];
const DHT = ['--dht-node', '--dht-router', '--network-key'];
const VERSIONS = ['--v1', '--v2', '--hybrid'];
const DAEMON = ['--state', ...OUTPUT];
const CARRIERS = ['--utp', '--no-utp', '--no-tcp'];
const SENDS = ['--port', '--state', '--limit-up', '--no-lsd', '--encryption', ...CARRIERS, ...DHT, ...OUTPUT];
const PEER = [...SENDS, '--limit-down', '--no-dht'];
const NODE = ['--port', '--state', ...DHT, ...OUTPUT];

/** A new option is added here when the command does something with it. */
const HEEDED: Readonly<Record<string, readonly string[]>> = {
  share: [
    ...[...SENDS, ...VERSIONS, '--no-dht', '--dir', '--tracker', '--piece-length', '--private'],
    '--super-seed',
  ],
  get: [
    ...[
      ...PEER,
      '--output',
      '--select',
      '--sequential',
      '--peer',
      '--tracker',
      '--seed-time',
      '--seed-ratio',
    ],
    '--timeout',
  ],
  stream: [...PEER, '--player', '--api-port', '--download-dir'],
  publish: [...SENDS, '--key', '--piece-length'],
  follow: [...SENDS, '--limit-down', '--output', '--once', '--every', '--peer', '--timeout'],
  up: [
    ...[...PEER, '--download-dir', '--api-port', '--api-host', '--api-token', '--on-done', '--ip-filter'],
    ...['--log-level', '--log-file', '--no-open', '--system'],
  ],
  down: DAEMON,
  status: DAEMON,
  systems: [],
  'systems list': DAEMON,
  'systems on': DAEMON,
  'systems off': DAEMON,
  rules: [],
  'rules add': [...DAEMON, '--key', '--reason'],
  'rules remove': DAEMON,
  'rules allow': [...DAEMON, '--reason'],
  'rules refresh': DAEMON,
  'rules show': DAEMON,
  'rules log': [...DAEMON, '--clear'],
  'rules check': DAEMON,
  open: DAEMON,
  address: [...DAEMON, '--revoke'],
  list: DAEMON,
  add: [...DAEMON, '--output', '--select', '--paused', '--label'],
  pause: DAEMON,
  resume: DAEMON,
  recheck: DAEMON,
  remove: [...DAEMON, '--data'],
  move: [...DAEMON, '--output'],
  label: [...DAEMON, '--add', '--remove'],
  limit: [...DAEMON, '--down', '--idle', '--ratio', '--seeding', '--up'],
  files: DAEMON,
  peers: DAEMON,
  trackers: DAEMON,
  publications: [],
  'publications list': DAEMON,
  'publications remove': DAEMON,
  follows: [],
  'follows list': DAEMON,
  'follows remove': DAEMON,
  create: [
    ...[...OUTPUT, ...VERSIONS, '--output', '--piece-length', '--tracker', '--web-seed', '--dht-node'],
    ...['--private', '--comment', '--source'],
  ],
  inspect: OUTPUT,
  verify: OUTPUT,
  tracker: [...DAEMON, '--port', '--interval'],
  completion: [],
  dht: [],
  'dht lookup': NODE,
  'dht get': [...NODE, '--salt'],
  'dht sample': NODE,
  'dht status': NODE,
  'dht crawl': [...NODE, '--nodes'],
  'dht announce': [...NODE, '--announce-port', '--seed'],
  'dht put': [...NODE, '--key', '--salt', '--seq', '--cas'],
  key: [],
  'key create': DAEMON,
  'key list': DAEMON,
  'key export': [...DAEMON, '--output'],
  'key import': DAEMON,
  state: [],
  'state list': DAEMON,
  'state export': DAEMON,
  'state import': DAEMON,
};

function* walk(command: Command, above = ''): Generator<readonly [string, Command]> {
  for (const part of command.commands) {
    const name = `${above}${part.name()}`;
    yield [name, part];
    yield* walk(part, `${name} `);
  }
}

test('each command takes the options that it heeds, and no others', () => {
  const taken = [...walk(createProgram())].map(([name, { options }]) => [
    name,
    options.map(({ long }) => long!).sort(),
  ]);
  const expected = Object.entries(HEEDED).map(([name, options]) => [name, [...options].sort()]);
  assert.deepEqual(Object.fromEntries(taken), Object.fromEntries(expected));
});

test('descriptions are of one style', () => {
  for (const [name, command] of walk(createProgram())) {
    assert.match(command.summary(), /^[a-z].*[^.]$/, `summary of ${name}`);
    assert.match(command.description(), /^[A-Z].*\.$/s, `description of ${name}`);
    for (const argument of command.registeredArguments)
      assert.match(argument.description, /^(?:[a-z].*[^.])?$/, `argument ${argument.name()} of ${name}`);
    for (const { flags, description } of command.options)
      assert.match(description, /^[^A-Z\s](?!.*\.$)|^[A-Z]{2}/, `${name} ${flags}: ${description}`);
    assert.doesNotMatch(command.description() + command.summary(), /peer that is up/, name);
  }
});

test('help shows commands in groups, and wrong usage names the help of the command', () => {
  const program = createProgram();
  const headings = program.helpInformation().match(/^[A-Z][\w ]+:$/gm);
  assert.deepEqual(headings, ['Options:', 'Share and get:', 'Daemon:', 'Tools:']);
  const complaints: string[] = [];
  for (const [, command] of walk(program))
    command.configureOutput({ writeErr: (text) => complaints.push(text) });
  for (const args of [['share'], ['dht', 'lookup', 'x', '--no-lsd'], ['tracker', '--limit-down', '2M']])
    assert.throws(() => program.parse(args, { from: 'user' }));
  assert.throws(() => program.parse(['get', 'magnet:?a', 'magnet:?b'], { from: 'user' }));
  for (const args of [
    ['get', 'x', '-o', ''],
    ['get', 'x', '--state', ' '],
    ['up', '--download-dir', ''],
    ['move', '1', '-o', ''],
    ['label', '1', '--add', ''],
    ['add', 'x', '--label', 'x'.repeat(101)],
  ])
    assert.throws(
      () => program.parse(args, { from: 'user' }),
      { code: 'commander.invalidArgument' },
      args.join(' '),
    );
  const said = complaints.join('');
  assert.match(said, /too many arguments for 'get'\. Expected 1 argument but got 2\n/);
  assert.doesNotMatch(said, /magnet:\?a/);
  assert.match(said, /A path is not empty/);
  assert.match(said, /A label has 1 to 100 characters/);
  assert.match(said, /share --help\)/);
  assert.match(said, /dht lookup --help\)/);
  assert.match(said, /unknown option '--limit-down'/);
});

test('help fits the terminal', () => {
  for (const columns of [80, 60, 50]) {
    const program = createProgram();
    for (const [name, command] of [['shoal', program] as const, ...walk(program)]) {
      let text = '';
      command.configureOutput({ writeOut: (part) => (text += part), getOutHelpWidth: () => columns });
      command.outputHelp();
      const [before, examples = ''] = text.split('\nExamples:\n');
      // Examples are pasted into a shell: they keep their lines, which fit 80 columns.
      for (const line of [...before!.split('\n'), ...(columns < 80 ? [] : examples.split('\n'))])
        assert.ok(line.length <= columns, `${name} at ${columns} columns: ${line}`);
    }
  }
});

test('completions name every command and option', () => {
  const program = createProgram();
  for (const shell of ['bash', 'zsh', 'fish']) {
    const script = renderCompletion(program, shell);
    for (const [name, { options }] of walk(program)) {
      assert.ok(script.includes(name.split(' ').at(-1)!), `${shell}: ${name}`);
      for (const { long } of options)
        assert.ok(script.includes(shell === 'fish' ? long!.slice(2) : long!), `${shell}: ${long}`);
    }
  }
});

/** Modules and packages that a file imports when it is loaded, and what those import. */
function* loadedBy(file: string, seen: Set<string> = new Set()): Generator<string> {
  if (seen.has(file)) return;
  seen.add(file);
  const source = stripTypeScriptTypes(readFileSync(file, 'utf8'));
  for (const [, specifier] of source.matchAll(/^(?:import|export)\b[^;]*?from\s+'([^']+)'/gm)) {
    if (!specifier!.startsWith('.')) {
      yield specifier!;
      continue;
    }
    const target = join(dirname(file), specifier!);
    yield relative(SOURCE, target);
    yield* loadedBy(target, seen);
  }
}

const SOURCE = join(import.meta.dirname, '..');

test('help loads no engine of a system, and no library but that of the command line', () => {
  const loaded = [...loadedBy(join(SOURCE, 'app', 'command-line.ts'))];
  const packages = loaded.filter((name) => !name.endsWith('.ts') && !name.startsWith('node:'));
  assert.deepEqual([...new Set(packages)], ['commander']);
  assert.ok(loaded.includes('systems/torrents/commands/share-program.ts'));
  const engines = loaded.filter((name) =>
    /^systems\/[^/]+\/(?!(system|errors|roots)\.ts$|commands\/)/.test(name),
  );
  assert.deepEqual(engines, []);
});
