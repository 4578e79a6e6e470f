/** `shoal systems`: which systems there are, and which are on. A switch counts from the next start of the daemon. */
import { resolve } from 'node:path';
import { type CommonOptions, createOutput } from '../cli/options.ts';
import type { Output } from '../cli/output.ts';
import { EXIT, runCommand } from '../cli/run.ts';
import { ShoalError } from '../ground/errors.ts';
import { orderOf } from '../host/order.ts';
import { defaultStateDir, isStateClaimed } from '../host/state/state-folder.ts';
import { Switches } from '../host/switches.ts';
import type { Mount } from '../http/mount.ts';
import type { SystemDeclaration } from '../host/system.ts';
import { CATALOG } from './catalog.ts';

/** A system as it is told. */
export interface SystemState {
  readonly name: string;
  readonly summary: string;
  /** From the next start of the daemon on. */
  readonly isOn: boolean;
}

/** @throws ShoalError not-found */
export function requireSystem(name: string): SystemDeclaration<Mount> {
  const found = CATALOG.find((system) => system.name === name);
  if (found !== undefined) return found;
  const names = CATALOG.map((system) => system.name).join(', ');
  throw new ShoalError('not-found', `there is no system "${name}"; there are: ${names}`);
}

export const stateOf = (system: SystemDeclaration<Mount>, switches: Switches): SystemState => ({
  name: system.name,
  summary: system.summary,
  isOn: switches.isOn(system),
});

/** @throws ShoalError not-found; unsupported when others need it, or it needs others that are off */
export function switchSystem(name: string, isOn: boolean, switches: Switches): SystemState {
  const system = requireSystem(name);
  // What could not start together is refused before anything changes.
  orderOf(CATALOG, (other) => (other === system ? isOn : switches.isOn(other)));
  switches.set(name, isOn);
  return stateOf(system, switches);
}

const switchesOf = (options: CommonOptions): Switches =>
  new Switches(resolve(options.state ?? defaultStateDir()));

export async function runSystemsList(options: CommonOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async () => {
    const states = CATALOG.map((system) => stateOf(system, switchesOf(options)));
    for (const { name, summary, isOn } of states) output.event('system', { name, summary, isOn });
    output.table(
      [{ heading: 'SYSTEM' }, { heading: 'STATE' }, { heading: 'WHAT IT DOES' }],
      states.map(({ name, summary, isOn }) => ({ cells: [name, isOn ? 'on' : 'off', summary] })),
    );
    return EXIT.done;
  });
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
    output.info('the daemon is up: the switch counts from its next start on');
}
