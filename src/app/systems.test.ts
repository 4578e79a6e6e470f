// Systems that need each other: a switch that would leave one without what it needs is refused, and names it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Switchable } from '../host/switches.ts';
import type { SystemDeclaration } from '../host/system.ts';
import type { Mount } from '../http/mount.ts';
import { stateOf, switchSystem } from './systems.ts';

const system = (name: string, ...needs: string[]): SystemDeclaration<Mount> => ({
  name,
  summary: `the system ${name}`,
  isOnByDefault: true,
  needs,
  load: () => Promise.reject(new Error('a switch loads nothing')),
});

const CATALOG = [
  system('ground'),
  system('wall', 'ground'),
  { ...system('roof', 'wall'), usesIfOn: ['sun'] },
  system('door', 'wall'),
  { ...system('sun'), isOnByDefault: false },
];

class Memory {
  readonly #switched = new Map<string, boolean>();
  isOn({ name, isOnByDefault }: Switchable): boolean {
    return this.#switched.get(name) ?? isOnByDefault;
  }
  set(name: string, isOn: boolean): void {
    this.#switched.set(name, isOn);
  }
}

test('a system that others need is not switched off, and who needs it is named', () => {
  const switches = new Memory();
  assert.throws(() => switchSystem('ground', false, switches, CATALOG), {
    code: 'unsupported',
    message: 'wall needs ground: switch off what needs it first, with: shoal systems off wall',
  });
  assert.throws(() => switchSystem('wall', false, switches, CATALOG), {
    message:
      'roof and door need wall: switch off what needs it first, with: shoal systems off roof; shoal systems off door',
  });
  for (const name of ['roof', 'door', 'wall', 'ground'])
    assert.equal(switchSystem(name, false, switches, CATALOG).isOn, false);
});

test('a system whose need is off is not switched on, and the need is named', () => {
  const switches = new Memory();
  for (const name of ['roof', 'door', 'wall']) switchSystem(name, false, switches, CATALOG);
  assert.throws(() => switchSystem('roof', true, switches, CATALOG), {
    code: 'unsupported',
    message: /^roof needs wall, which is off; switch it on with: shoal systems on wall$/,
  });
  switchSystem('wall', true, switches, CATALOG);
  assert.ok(switchSystem('roof', true, switches, CATALOG).isOn);
});

test('what is used only where it is on may be off', () => {
  const switches = new Memory();
  switchSystem('sun', true, switches, CATALOG);
  assert.equal(switchSystem('sun', false, switches, CATALOG).isOn, false);
  assert.deepEqual(stateOf(CATALOG[2]!, switches), {
    name: 'roof',
    summary: 'the system roof',
    isOn: true,
    needs: ['wall'],
    usesIfOn: ['sun'],
  });
});

test('a system that is not there is named with those that are', () => {
  assert.throws(() => switchSystem('moon', true, new Memory(), CATALOG), {
    code: 'not-found',
    message: 'there is no system "moon"; there are: ground, wall, roof, door, sun',
  });
});
