/**
 * What is denied while a command does the work that a daemon would do. Systems say it, from what they keep in the state
 * folder; a command knows no system, so the program declares them once.
 */
import { resolve } from 'node:path';
import { type Filter, NO_FILTER } from '../ground/filter.ts';
import { defaultStateDir } from '../host/state/state-folder.ts';
import { Switches } from '../host/switches.ts';
import type { StandingFilter, SystemDeclaration } from '../host/system.ts';

type Declared = Pick<SystemDeclaration, 'name' | 'isOnByDefault' | 'standingFilter'>;

let systems: readonly Declared[] = [];

/** The systems of the program: once, before a command is run. */
export function declareFilters(catalog: readonly Declared[]): void {
  systems = catalog;
}

/**
 * The first that denies anything. A system that is off, or keeps nothing, is not loaded.
 * @param options which state folder: that of the daemon, also where the command keeps its own state beside it
 * @throws ShoalError state-broken, state-too-new, no-permission
 */
export async function openStandingFilter(options: { readonly state?: string }): Promise<StandingFilter> {
  const folder = resolve(options.state ?? defaultStateDir());
  const switches = new Switches(folder);
  for (const system of systems) {
    if (system.standingFilter === undefined || !switches.isOn(system)) continue;
    const opened = await system.standingFilter(folder);
    if (opened !== undefined) return opened;
  }
  return { filter: NO_FILTER as Filter, close: () => {} };
}
