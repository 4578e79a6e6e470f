// What a person types and no command can use is refused in plain words, and alike with and without a daemon.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { Commands } from '../../testkit/commands.ts';
import { Daemon } from '../../testkit/daemon.ts';

const HASH = '0123456789abcdef0123456789abcdef01234567';
const LONG = 'a'.repeat(20_000);

let bench: Bench;
let commands: Commands;
let daemon: Daemon;
before(async () => {
  bench = await Bench.open();
  commands = new Commands(bench);
  daemon = await Daemon.up(bench, 'typed');
  await daemon.ask('POST', 'shares', { link: HASH, isPaused: true });
});
after(async () => {
  await daemon?.stop();
  await bench.close();
});

/** Words of schemas and of HTTP. */
const UNCLEAR = /must (not|be|match|have)|body|querystring|params|header|undefined|\[object/i;

/** Refused alike on both roads. */
const BOTH: readonly (readonly [readonly string[], RegExp])[] = [
  [['rules', 'check', ''], /^"" is no info hash, magnet link, address/],
  [['rules', 'check', ' '], /^"" is no info hash/],
  [['rules', 'check', 'magnet:?x'], /^the link holds no BitTorrent info hash/],
  [['rules', 'add', ''], /^"" is no info hash/],
  [['rules', 'allow', ''], /^"" is no info hash/],
  [['rules', 'remove', ''], /^there is no list and no rule ""/],
  [['rules', 'refresh', ''], /^there is no list ""/],
  [['rules', 'add', '192.0.2.7', '--reason', 'r'.repeat(501)], /^a reason has at most 500 characters/],
  [['rules', 'add', 'http://127.0.0.1:9/', '--key', 'k'.repeat(1001)], /key/],
  [['get', ''], /^"" is no magnet link/],
  [['get', HASH, '--select', ''], /A pattern has 1 to 1000 characters/],
  [['get', HASH, '--seed-ratio', '1e9'], /A ratio is a number from 0 to 1000000/],
  [['get', HASH, '--seed-time', '1e15'], /Seconds are a number from 0 to/],
  [['get', HASH, '--limit-down', `${'9'.repeat(23)}`], /A rate is a number of bytes/],
  [['get', HASH, '-o', LONG], /A path has at most 4096 characters/],
  [['get', HASH, '--peer', `${'h'.repeat(400)}:1`], /A peer is HOST:PORT/],
  [['share', ''], /A path is not empty/],
  [['share', '.', '--tracker', `http://x/${LONG}`], /A tracker has at most 2000 characters/],
  [['publish', 'x', ''], /A path is not empty/],
];

/** Of commands that have one road. */
const DAEMON: readonly (readonly [readonly string[], RegExp])[] = [
  [['add', ''], /^"" is no link/],
  [['add', ' '], /^"" is no link/],
  [['add', `x${'a'.repeat(70_000)}`], /^"link" has to have at most 65536 characters/],
  [['add', HASH, '--select', ''], /A pattern has 1 to 1000 characters/],
  [['add', HASH, '-o', LONG], /A path has at most/],
  [['limit', '--ratio', '1e9'], /A ratio is a number such as 1.5, up to 1000000/],
  [['limit', '--seeding', '1e12'], /Minutes are a whole number, up to 100000000/],
  [['limit', '1', '--idle', '1e12'], /Minutes are a whole number/],
  [['limit', '1', '--down', '9999999999999G'], /A rate is a number of bytes/],
  [['files', ''], /^"": there is no such share/],
  [['publications', 'remove', ''], /^"": there is none of that number or name/],
  [['rules', 'remove', LONG], /^this is too long to be asked about/],
];

const refuse = async (state: string, args: readonly string[], words: RegExp): Promise<string> => {
  const { status, error } = await commands.drive(state, ...args);
  const message = String(error?.message);
  assert.ok(status === 1 || status === 2, `${status}: ${message}`);
  assert.match(message, words);
  assert.doesNotMatch(message, UNCLEAR);
  return message;
};

const called = (args: readonly string[]): string => args.map((arg) => arg.slice(0, 40) || "''").join(' ');

for (const [args, words] of BOTH)
  test(`on both roads: ${called(args)}`, async () => {
    const own = await refuse(join(bench.dir, 'state-own'), args, words);
    assert.equal(await refuse(daemon.state, args, words), own);
  });

for (const [args, words] of DAEMON)
  test(`of the daemon: ${called(args)}`, async () => void (await refuse(daemon.state, args, words)));

test('a magnet link of any length is checked by its info hash', async () => {
  const { status, events } = await commands.drive(
    daemon.state,
    ...['rules', 'check', `magnet:?xt=urn:btih:${HASH}&dn=${LONG}`],
  );
  assert.deepEqual([status, events[0]!.subject, events[0]!.isDenied], [0, HASH, false]);
});
