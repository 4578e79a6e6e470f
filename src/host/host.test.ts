// Systems are loaded only when they are on, opened behind what they need, and closed the other way round.
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ShoalError } from '../ground/errors.ts';
import { NO_FILTER } from '../ground/filter.ts';
import { Host, type HostOptions } from './host.ts';
import { setting, Type } from './schema.ts';
import { Switches } from './switches.ts';
import type { Services, SystemDeclaration, SystemStatus } from './system.ts';

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

const folder = mkdtempSync(join(tmpdir(), 'shoal-host-'));
after(() => rmSync(folder, { recursive: true, force: true }));
const notices: string[] = [];
const services = {
  state: { folder },
  notice: (text: string) => void notices.push(text),
} as unknown as HostOptions<string>['services'];
const all = (): boolean => true;

test('a system is opened after the systems that it needs, and closed before them', async () => {
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

test('a system that is off is not loaded', async () => {
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

test('a system meets another through its facade, if it declared that it needs it', async () => {
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

test('a system that may use another is opened behind it where that is on, and does without it elsewhere', async () => {
  const events: Events = [];
  const ground = system(events, 'ground', [], () => ({ level: 3 }));
  const levels: (number | undefined)[] = [];
  const wall: SystemDeclaration<string> = {
    ...system(events, 'wall', [], ({ useIfOn }) => void levels.push(useIfOn('ground')?.level)),
    usesIfOn: ['ground'],
  };
  await new Host({ catalog: [wall, ground], isOn: all, services }).open();
  await new Host({ catalog: [wall, ground], isOn: ({ name }) => name === 'wall', services }).open();
  assert.deepEqual(levels, [3, undefined]);
});

test('a system gets its settings and its database, which is closed behind it', async () => {
  const seen: unknown[] = [];
  const close = Promise.withResolvers<void>();
  const wall: SystemDeclaration<string> = {
    ...system([], 'wall'),
    settings: async () => ({
      SETTINGS: Type.Object({ height: setting(Type.Integer(), 7, 'The wall is so many metres high.') }),
    }),
    tables: async () => ({ MIGRATIONS: ['CREATE TABLE bricks (name TEXT) STRICT'] }),
    load: async () => ({
      open: async ({ database, settings }, values) => {
        database.exec("INSERT INTO bricks VALUES ('first')");
        settings.store({ height: 8 });
        seen.push(values, settings.values, database.prepare('SELECT count(*) AS n FROM bricks').get()!.n);
        return { close: async () => close.resolve() };
      },
    }),
  };
  for (const [height, count] of [
    [7, 1],
    [8, 2],
  ]) {
    const host = new Host({ catalog: [wall], isOn: all, services });
    await host.open();
    assert.deepEqual(seen.splice(0), [{ height }, { height: 8 }, count]);
    await host.close();
  }
  await close.promise;
  // SQLite removes its journal when the last connection is closed.
  assert.ok(existsSync(join(folder, 'wall.db')) && !existsSync(join(folder, 'wall.db-wal')));
});

test('a database of a newer Shoal is refused; a broken one is set aside', async () => {
  const events: Events = [];
  const tables = (...MIGRATIONS: string[]): SystemDeclaration<string> => ({
    ...system(events, 'shed'),
    tables: async () => ({ MIGRATIONS }),
  });
  const open = async (declaration: SystemDeclaration<string>): Promise<void> => {
    const host = new Host({ catalog: [declaration], isOn: all, services });
    await host.open();
    await host.close();
  };
  const one = 'CREATE TABLE tools (name TEXT) STRICT';
  await open(tables(one, 'CREATE TABLE hooks (name TEXT) STRICT'));
  await assert.rejects(open(tables(one)), { code: 'state-too-new' });
  writeFileSync(
    join(folder, 'shed.db'),
    'no database at all, and long enough to be taken for one'.repeat(50),
  );
  await open(tables(one));
  assert.match(notices.join('\n'), /shed\.db is broken .* set aside as .*shed\.db\.broken-/);
});

test('links wait until all systems are open, and go to the one that takes them', async () => {
  const events: Events = [];
  const door = system(events, 'door', ['ground']);
  const opening: SystemDeclaration<string> = {
    ...door,
    load: async () => ({
      open: async () => ({
        opener: {
          claim: () => 'sure',
          open: async ({ link }) => ({ isNew: true, line: `opened ${String(link)}`, item: {} }),
        },
        close: async () => {},
      }),
    }),
  };
  let asked: Promise<{ line: string }> | undefined;
  const ground = system(events, 'ground', [], ({ openLink }) => {
    asked = openLink({ link: 'x:1' });
  });
  const host = new Host({ catalog: [opening, ground], isOn: all, services });
  await host.open();
  assert.equal((await asked!).line, 'opened x:1');
  const failing = new Host({
    catalog: [
      system(events, 'shut', [], () => {
        throw new ShoalError('io-error', 'it is shut');
      }),
    ],
    isOn: all,
    services,
  });
  await assert.rejects(failing.open(), { code: 'io-error' });
  await assert.rejects(failing.openLink({ link: 'x:1' }), { code: 'bad-link' });
});

test('the filter of a system holds for systems that were opened before it, until it is closed', async () => {
  const seen: { filter?: Services['filter'] } = {};
  const early = system([], 'early', [], ({ filter }) => void (seen.filter = filter));
  const denies: SystemDeclaration<string> = {
    ...system([], 'denies', ['early']),
    load: async () => ({
      open: async () => ({
        filter: {
          ...NO_FILTER,
          allowsAllHashes: false,
          denyHash: () => ({ list: 'mine', reason: '' }),
        },
        close: async () => {},
      }),
    }),
  };
  const host = new Host({ catalog: [early, denies], isOn: all, services });
  await host.open();
  const hash = new Uint8Array(20);
  assert.deepEqual(seen.filter!.denyHash(hash, 'add'), { list: 'mine', reason: '' });
  await host.close();
  assert.equal(seen.filter!.denyHash(hash, 'add'), undefined);
});

test('each open system says how it is, and one that fails spoils none of the others', async () => {
  const telling = (
    name: string,
    status?: () => { line: string; facts: object },
  ): SystemDeclaration<string> => ({
    ...system([], name),
    load: async () => ({
      open: async () => ({
        ...(status === undefined ? {} : { status: status as () => SystemStatus }),
        close: async () => {},
      }),
    }),
  });
  const catalog = [
    telling('plain'),
    telling('good', () => ({ line: 'it is full', facts: { rooms: 3 } })),
    telling('bad', () => {
      throw new Error('no answer');
    }),
  ];
  const host = new Host({ catalog, isOn: all, services });
  await host.open();
  assert.deepEqual(await host.statuses(), [
    { name: 'plain', line: 'it runs', facts: {} },
    { name: 'good', line: 'it is full', facts: { rooms: 3 } },
    { name: 'bad', line: 'it cannot say how it is: no answer', facts: {} },
  ]);
  await host.close();
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
