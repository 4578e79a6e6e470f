// The code of a system is loaded when the daemon runs it, and started whenever the daemon begins to answer.
import assert from 'node:assert/strict';
import { before, beforeEach, mock, test } from 'node:test';
import { checkConnection } from './connection.ts';
import { runningSystems, watchSystems } from './running-systems.ts';
import { notices } from './notices.ts';
import type { PageSystem } from './system.ts';

Object.assign(globalThis, { document: { documentElement: {} } });
mock.timers.enable({ apis: ['setTimeout'] });

let told: readonly string[] | undefined;
mock.method(globalThis, 'fetch', async () => {
  if (told === undefined) throw new TypeError('Failed to fetch');
  const systems = told.map((name) => ({ name, summary: '', isOn: true, isRunning: name !== 'off' }));
  return Response.json({ systems });
});

const events: string[] = [];
let isBroken = false;
const entry = (name: string): { name: string; load: () => Promise<PageSystem> } => ({
  name,
  load: async () => {
    events.push(`load ${name}`);
    if (isBroken) throw new Error('no such script');
    return { name, title: () => name, start: () => void events.push(`start ${name}`) };
  },
});
before(() => watchSystems([entry('first'), entry('second'), entry('off')]));
beforeEach(() => void events.splice(0));

/** @param running undefined: the daemon does not answer */
async function tell(running: readonly string[] | undefined): Promise<string[]> {
  told = running;
  await checkConnection();
  await new Promise((resolve) => setImmediate(resolve));
  return runningSystems().map(({ name }) => name);
}

test('only what runs is loaded, in the order of the page', async () => {
  assert.deepEqual(await tell(['off', 'second', 'unknown']), ['second']);
  assert.deepEqual(events, ['load second', 'start second']);
  assert.deepEqual(await tell(['second', 'first']), ['first', 'second']);
  assert.deepEqual(events.splice(0), ['load second', 'start second', 'load first', 'start first']);
  assert.deepEqual(await tell(['first']), ['first'], 'what runs no longer is not shown');
});

test('a daemon that is back starts what is loaded; what it ran stays in sight while it is gone', async () => {
  await tell(['first', 'second']);
  events.splice(0);
  assert.deepEqual(await tell(undefined), ['first', 'second']);
  assert.deepEqual(events, []);
  await tell(['first', 'second']);
  assert.deepEqual(events, ['start first', 'start second']);
});

test('code that could not be loaded is named, and loaded when the daemon tells of its systems again', async () => {
  isBroken = true;
  watchSystems([entry('late')]);
  assert.deepEqual(await tell(['late']), []);
  assert.match(notices.get()[0]!.text, /no such script/);
  isBroken = false;
  await tell(undefined);
  assert.deepEqual(await tell(['late']), ['late']);
});
