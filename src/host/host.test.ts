// Systems are loaded only when they are on, opened behind what they need, and closed the other way round.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Host } from './host.ts';
import { Switches } from './switches.ts';
import type { Services, SystemDeclaration } from './system.ts';

declare module './system.ts' {
  interface Facades {
    ground: { readonly level: number };
  }
}

type Events = string[];

function system(
  events: Events,
  name: string,
  needs: readonly string[] = [],
  open: (services: Services) => unknown = () => undefined,
): SystemDeclaration<string> {
  return {
    name,
    summary: `the system ${name}`,
    isOnByDefault: true,
    needs,
    load: async () => {
      events.push(`load ${name}`);
      return {
        open: async (services) => {
          events.push(`open ${name}`);
          const facade = open(services);
          return {
            surface: `surface of ${name}`,
            facade,
            close: async () => void events.push(`close ${name}`),
          };
        },
      };
    },
  };
}

const services = {} as Omit<Services, 'use'>;
const all = (): boolean => true;

test('a system is opened behind what it needs and closed before it', async () => {
  const events: Events = [];
  const catalog = [
    system(events, 'roof', ['wall']),
    system(events, 'wall', ['ground']),
    system(events, 'ground'),
  ];
  const host = new Host({ catalog, isOn: all, services });
  await host.open();
  assert.deepEqual(
    events.filter((event) => event.startsWith('open')),
    ['open ground', 'open wall', 'open roof'],
  );
  assert.deepEqual(host.opened.length, 3);
  await host.close();
  assert.deepEqual(events.slice(-3), ['close roof', 'close wall', 'close ground']);
});

test('what is off is not loaded', async () => {
  const events: Events = [];
  const catalog = [system(events, 'one'), system(events, 'other')];
  const host = new Host({ catalog, isOn: ({ name }) => name === 'one', services });
  await host.open();
  assert.deepEqual(events, ['load one', 'open one']);
  assert.ok(host.isOpen('one') && !host.isOpen('other'));
});

test('a system that needs one that is off does not start, and says how it would', async () => {
  const events: Events = [];
  const catalog = [system(events, 'ground'), system(events, 'wall', ['ground'])];
  const host = new Host({ catalog, isOn: ({ name }) => name === 'wall', services });
  await assert.rejects(host.open(), { code: 'unsupported', message: /shoal systems on ground/ });
  assert.deepEqual(events, []);
});

test('when one fails, those that were opened are closed', async () => {
  const events: Events = [];
  const fails = system(events, 'wall', ['ground'], () => {
    throw new Error('no bricks');
  });
  const host = new Host({ catalog: [system(events, 'ground'), fails], isOn: all, services });
  await assert.rejects(host.open(), { message: 'no bricks' });
  assert.deepEqual(events.slice(-2), ['open wall', 'close ground']);
});

test('a system meets another through what that publishes, if it said that it needs it', async () => {
  const events: Events = [];
  const ground = system(events, 'ground', [], () => ({ level: 3 }));
  let level = 0;
  const wall = system(events, 'wall', ['ground'], ({ use }) => (level = use('ground').level));
  await new Host({ catalog: [wall, ground], isOn: all, services }).open();
  assert.equal(level, 3);
  const silent = system(events, 'silent', [], ({ use }) => use('ground'));
  await assert.rejects(new Host({ catalog: [ground, silent], isOn: all, services }).open(), {
    message: /does not say so/,
  });
});

test('switches are kept, others are as declared, and a broken file is said to be one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'shoal-switches-'));
  try {
    const one = { name: 'one', isOnByDefault: true };
    const other = { name: 'other', isOnByDefault: false };
    new Switches(folder).set('one', false);
    new Switches(folder).set('other', true);
    assert.deepEqual([new Switches(folder).isOn(one), new Switches(folder).isOn(other)], [false, true]);
    assert.ok(new Switches(folder).isOn({ name: 'constructor', isOnByDefault: true }));
    writeFileSync(join(folder, 'systems.json'), '{"one": 1}');
    assert.throws(() => new Switches(folder).isOn(one), { code: 'state-broken' });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
