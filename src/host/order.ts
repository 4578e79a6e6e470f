/** In which order systems are opened: each behind those that it needs, and behind those that it uses where they are on. */
import { assert } from '../ground/assert.ts';
import { ShoalError } from '../ground/errors.ts';

/** The names of other systems in a declaration. */
export interface Dependent {
  readonly name: string;
  readonly needs: readonly string[];
  readonly usesIfOn?: readonly string[];
}

/**
 * Those that are on, in order.
 * @throws ShoalError unsupported when a system needs one that is off
 */
export function orderOf<System extends Dependent>(
  catalog: readonly System[],
  isOn: (system: System) => boolean,
): System[] {
  const order: System[] = [];
  const find = (system: System, name: string): System => {
    const found = catalog.find((other) => other.name === name);
    assert(found !== undefined, `${system.name} names ${name}, which no folder holds`);
    return found;
  };
  const add = (system: System, path: readonly string[]): void => {
    if (order.includes(system)) return;
    assert(!path.includes(system.name), `systems need each other in a circle: ${[...path, system.name]}`);
    const through = [...path, system.name];
    for (const name of system.needs) {
      const needed = find(system, name);
      if (!isOn(needed))
        throw new ShoalError(
          'unsupported',
          `${system.name} needs ${name}, which is off; switch it on with: shoal systems on ${name}`,
        );
      add(needed, through);
    }
    for (const used of (system.usesIfOn ?? []).map((name) => find(system, name)))
      if (isOn(used)) add(used, through);
    order.push(system);
  };
  for (const system of catalog) if (isOn(system)) add(system, []);
  return order;
}

/** Names of the systems that are on and need this one. */
export function dependentsOf<System extends Dependent>(
  name: string,
  catalog: readonly System[],
  isOn: (system: System) => boolean,
): string[] {
  return catalog.filter((other) => other.needs.includes(name) && isOn(other)).map((other) => other.name);
}
