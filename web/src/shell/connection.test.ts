// Whether the daemon answers: what the page takes for lost, for signed out, and when it asks again.
import assert from 'node:assert/strict';
import { beforeEach, mock, test } from 'node:test';
import { checkConnection, onDaemonChange, readDaemon } from './connection.ts';

type Answer = () => Promise<Response>;
const TORRENTS = { name: 'torrents', summary: 'x', isOn: true, isRunning: true };
const answers =
  (systems: readonly object[]): Answer =>
  async () =>
    Response.json({ systems });
const refused: Answer = () => Promise.reject(new TypeError('Failed to fetch'));
const signedOut: Answer = async () => Response.json({ code: 'token', message: 'no' }, { status: 401 });

let next: Answer = refused;
let asked = 0;
mock.timers.enable({ apis: ['setTimeout'] });
mock.method(globalThis, 'fetch', () => {
  asked++;
  return next();
});
beforeEach(() => {
  asked = 0;
});

async function ask(answer: Answer): Promise<string> {
  next = answer;
  await checkConnection();
  return readDaemon().connection;
}

/** Answers come in promises, which fake timers do not wait for. */
async function pass(ms: number): Promise<void> {
  mock.timers.tick(ms);
  await new Promise((resolve) => setImmediate(resolve));
}

test('it answers, is lost, is found again without anybody asking', async () => {
  assert.equal(await ask(answers([TORRENTS])), 'open');
  assert.deepEqual(readDaemon().systems, [TORRENTS]);
  next = refused;
  await pass(5000);
  assert.equal(readDaemon().connection, 'lost');
  assert.deepEqual(readDaemon().systems, [TORRENTS], 'what was told last stays');
  next = answers([]);
  await pass(2000);
  assert.deepEqual({ ...readDaemon(), asked }, { connection: 'open', systems: [], asked: 3 });
});

test('the same answer again is no change', async () => {
  await ask(answers([TORRENTS]));
  let changes = 0;
  const stop = onDaemonChange(() => changes++);
  await ask(answers([{ ...TORRENTS }]));
  assert.equal(changes, 0);
  await ask(answers([{ ...TORRENTS, isRunning: false }]));
  assert.equal(changes, 1);
  stop();
});

test('who is not known has to sign in, and is not asked about again', async () => {
  assert.equal(await ask(signedOut), 'signed-out');
  await pass(60_000);
  assert.equal(asked, 1);
});

test('a daemon that takes the question and says nothing is lost; its late answer is dropped', async () => {
  await ask(answers([TORRENTS]));
  let answerLate: (response: Response) => void = () => {};
  next = () => new Promise((resolve) => (answerLate = resolve));
  const waiting = checkConnection();
  await pass(19_000);
  assert.equal(readDaemon().connection, 'open');
  await pass(1000);
  assert.equal(readDaemon().connection, 'lost');
  answerLate(Response.json({ systems: [] }));
  await waiting;
  assert.deepEqual(readDaemon(), { connection: 'lost', systems: [TORRENTS] });
});
