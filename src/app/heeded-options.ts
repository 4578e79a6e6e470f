/** Options of `shoal up` that belong to a system that is off: they would have no effect, so they are refused. */
import { Command } from 'commander';
import { ShoalError } from '../ground/errors.ts';
import type { SystemDeclaration } from '../host/system.ts';

type Declared = Pick<SystemDeclaration, 'name' | 'addOptions'>;

/** @throws ShoalError unsupported */
export function requireHeeded<System extends Declared>(
  given: Readonly<Record<string, unknown>>,
  catalog: readonly System[],
  isOn: (system: System) => boolean,
): void {
  for (const system of catalog) {
    if (system.addOptions === undefined || isOn(system)) continue;
    const own = new Command();
    system.addOptions(own);
    for (const option of own.options) {
      // What `--no-dht` asks for is so when nothing of its system runs.
      if (option.negate || given[option.attributeName()] === undefined) continue;
      throw new ShoalError(
        'unsupported',
        `${option.long} belongs to ${system.name}, which is off: leave it out, or switch that on with: shoal systems on ${system.name}`,
      );
    }
  }
}
