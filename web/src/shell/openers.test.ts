// What a person pastes, drops or opens goes to the system that takes it, as the daemon says, also before the page knows which
// systems run.
import assert from 'node:assert/strict';
import { before, beforeEach, mock, test } from 'node:test';
import { checkConnection } from './connection.ts';
import type { DroppedFile } from './dropped-files.ts';
import { notices } from './notices.ts';
import { askedLink, openFiles, openWords, takeOpenedLink } from './openers.ts';
import { watchSystems } from './running-systems.ts';
import type { PageSystem } from './system.ts';

const address = { pathname: '/', search: '' };
Object.assign(globalThis, {
  document: { documentElement: {} },
  location: address,
  history: {
    replaceState: (_: unknown, __: unknown, to: string) =>
      void (address.search = new URL(to, 'http://x').search),
  },
});
mock.timers.enable({ apis: ['setTimeout'] });

/** Which system gets a link, by its scheme: what the openers of the daemon say. */
const CLAIMS: Readonly<Record<string, string>> = {
  'magnet:': 'first',
  'https:': 'first',
  'ipfs:': 'second',
  'gemini:': 'third',
};
let isUp = true;
const asked: string[] = [];
mock.method(globalThis, 'fetch', async (url: string, init: RequestInit) => {
  if (!isUp) throw new TypeError('Failed to fetch');
  if (url.endsWith('/links/claims')) {
    const { link } = JSON.parse(init.body as string) as { link: string };
    asked.push(link);
    const system = link.startsWith('https://second.') ? 'second' : CLAIMS[/^\w+:/.exec(link)?.[0] ?? ''];
    return Response.json({ claims: system === undefined ? [] : [{ system, claim: 'sure' }] });
  }
  const systems = ['first', 'second', 'third'].map((name) => ({
    name,
    summary: '',
    isOn: true,
    isRunning: true,
  }));
  return Response.json({ systems });
});

const opened: string[] = [];
const system = (name: string, pattern: RegExp): PageSystem => ({
  name,
  title: () => name,
  opener: {
    takesLink: (words) => pattern.test(words),
    openLink: (words) => void opened.push(`${name}: ${words}`),
    openFiles: async (files) => void opened.push(`${name}: ${files.length} files`),
  },
});
const FILE = { path: 'a', file: {} as File } satisfies DroppedFile;

before(() =>
  watchSystems([
    { name: 'first', load: async () => system('first', /^(magnet:|https:)/) },
    { name: 'second', load: async () => system('second', /^ipfs:/) },
  ]),
);
beforeEach(() => {
  for (const list of [opened, asked]) list.splice(0);
  askedLink.set(undefined);
});
/** Lets promises settle. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('before the first answer it waits, and nothing is lost', async () => {
  const [words, files] = [openWords(' magnet:?x\n'), openFiles([FILE, FILE])];
  await settle();
  assert.deepEqual(opened, []);
  await checkConnection();
  await Promise.all([words, files]);
  assert.deepEqual(opened.sort(), ['first: 2 files', 'first: magnet:?x']);
});

test('each link goes to the system that the daemon names; words that nobody takes are left alone', async () => {
  for (const words of ['ipfs://x', 'words', ' ', 'magnet:?y', 'https://a/', 'https://second.example/'])
    await openWords(words);
  assert.deepEqual(opened, [
    'second: ipfs://x',
    'first: magnet:?y',
    'first: https://a/',
    'second: https://second.example/',
  ]);
  assert.deepEqual([askedLink.get(), notices.get()], [undefined, []]);
});

test('several links at once go to a system that knows them by their form, and the daemon is not asked', async () => {
  await openWords('magnet:?a\nmagnet:?b');
  await openWords('gemini://a/\nand words');
  assert.deepEqual([opened, asked], [['first: magnet:?a\nmagnet:?b'], []]);
});

test('for a system without an opener on the page the shell asks the person', async () => {
  await openWords('gemini://a/');
  assert.deepEqual([askedLink.get(), opened], [{ link: 'gemini://a/', system: 'third' }, []]);
});

test('the link in the address is offered once, when all code is there; a link that nobody takes is named', async () => {
  address.search = `?open=${encodeURIComponent('magnet:?z')}`;
  takeOpenedLink({ loading: ['second'] });
  await settle();
  assert.deepEqual(opened, []);
  takeOpenedLink({ loading: [] });
  takeOpenedLink({ loading: [] });
  await settle();
  assert.deepEqual([opened, address.search], [['first: magnet:?z'], '']);
  address.search = '?open=nothing:1';
  takeOpenedLink({ loading: [] });
  await settle();
  assert.match(notices.get().at(-1)!.text, /takes this link: nothing:1/);
});

test('while the daemon does not answer nothing is opened, and a notice says so', async () => {
  isUp = false;
  await checkConnection();
  const before = notices.get().length;
  await openWords('words');
  assert.equal(notices.get().length, before);
  address.search = '?open=magnet:%3Fw';
  takeOpenedLink({ loading: [] });
  await openWords('magnet:?z');
  await openFiles([FILE]);
  assert.deepEqual(opened, []);
  assert.match(notices.get().at(-1)!.text, /Shoal does not answer/);
  assert.notEqual(address.search, '', 'it waits for the daemon');
});
