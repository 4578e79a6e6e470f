/** `shoal systems`: lists and switches systems. A switch takes effect at the next start of the daemon. */
import { resolve } from 'node:path';
import { type CommonOptions, createOutput } from '../cli/options.ts';
import type { Output } from '../cli/output.ts';
import { EXIT, runCommand } from '../cli/run.ts';
import { ShoalError } from '../ground/errors.ts';
import { dependentsOf, orderOf } from '../host/order.ts';
import { defaultStateDir, isStateClaimed } from '../host/state/state-folder.ts';
import { Switches } from '../host/switches.ts';
import type { Mount } from '../http/mount.ts';
import type { SystemDeclaration } from '../host/system.ts';
import { CATALOG } from './catalog.ts';

type Catalog = readonly SystemDeclaration<Mount>[];

/** A system as it is told. */
export interface SystemState {
  readonly name: string;
  readonly summary: string;
  /** From the next start of the daemon on. */
  readonly isOn: boolean;
  /** Systems that it cannot do without. */
  readonly needs: readonly string[];
  /** Systems that it uses where they are on. */
  readonly usesIfOn: readonly string[];
}

/** @throws ShoalError not-found */
export function requireSystem(name: string, catalog: Catalog = CATALOG): SystemDeclaration<Mount> {
  const found = catalog.find((system) => system.name === name);
  if (found !== undefined) return found;
  const names = catalog.map((system) => system.name).join(', ');
  throw new ShoalError('not-found', `there is no system "${name}"; there are: ${names}`);
}

export const stateOf = (
  { name, summary, isOnByDefault, needs, usesIfOn = [] }: SystemDeclaration<Mount>,
  switches: Pick<Switches, 'isOn'>,
): SystemState => ({
  ...{ name, summary, needs, usesIfOn },
  isOn: switches.isOn({ name, isOnByDefault }),
});

/**
 * Refuses systems that could not start together, before anything changes.
 * @throws ShoalError not-found; unsupported when others need it, or it needs others that are off
 */
export function switchSystem(
  name: string,
  isOn: boolean,
  switches: Pick<Switches, 'isOn' | 'set'>,
  catalog: Catalog = CATALOG,
): SystemState {
  const system = requireSystem(name, catalog);
  if (!isOn) requireUnneeded(system, switches, catalog);
  orderOf(catalog, (other) => (other === system ? isOn : switches.isOn(other)));
  switches.set(name, isOn);
  return stateOf(system, switches);
}

function requireUnneeded(
  { name }: SystemDeclaration<Mount>,
  switches: Pick<Switches, 'isOn'>,
  catalog: Catalog,
): void {
  const dependents = dependentsOf(name, catalog, (other) => switches.isOn(other));
  if (dependents.length === 0) return;
  const verb = dependents.length === 1 ? 'needs' : 'need';
  const commands = dependents.map((other) => `shoal systems off ${other}`).join('; ');
  throw new ShoalError(
    'unsupported',
    `${dependents.join(' and ')} ${verb} ${name}: switch off what needs it first, with: ${commands}`,
  );
}

const switchesOf = (options: CommonOptions): Switches =>
  new Switches(resolve(options.state ?? defaultStateDir()));

export async function runSystemsList(options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async () => {
    const states = CATALOG.map((system) => stateOf(system, switchesOf(options)));
    for (const state of states) output.event('system', { ...state });
    output.table(
      [{ heading: 'SYSTEM' }, { heading: 'STATE' }, { heading: 'NEEDS' }, { heading: 'WHAT IT DOES' }],
      states.map(({ name, summary, isOn, needs, usesIfOn }) => ({
        cells: [name, isOn ? 'on' : 'off', describeNeeds(needs, usesIfOn), summary],
      })),
    );
    return EXIT.done;
  });
}

/** `torrents; rules if on`; `-` where it needs none. */
function describeNeeds(needs: readonly string[], usesIfOn: readonly string[]): string {
  const soft = usesIfOn.length === 0 ? [] : [`${usesIfOn.join(', ')} if on`];
  return [...(needs.length === 0 ? [] : [needs.join(', ')]), ...soft].join('; ') || '-';
}

export async function runSystemsSwitch(name: string, isOn: boolean, options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async () => {
    tellSwitched(output, switchSystem(name, isOn, switchesOf(options)), options);
    return EXIT.done;
  });
}

function tellSwitched(output: Output, { name, isOn }: SystemState, options: CommonOptions): void {
  output.event('switched', { name, isOn });
  output.result(`${name} is ${isOn ? 'on' : 'off'}`);
  if (isStateClaimed(resolve(options.state ?? defaultStateDir())))
    output.info('the daemon is up: the switch takes effect at its next start');
}
