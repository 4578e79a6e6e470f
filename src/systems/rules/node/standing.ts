/** The rules of a state folder for one command that runs without the daemon: what is kept is in effect, nothing is fetched. */
import { join } from 'node:path';
import { systemClock } from '../../../ground/node/clock.ts';
import { openOrSetAside } from '../../../host/state/system-database.ts';
import { MIGRATIONS } from '../tables.ts';
import { RuleStore } from './rule-store.ts';
import { Rules } from './rules.ts';

export interface StandingRules {
  readonly rules: Rules;
  close(): void;
}

/** @throws ShoalError state-too-new, no-permission, io-error */
export async function openStandingRules(folder: string): Promise<StandingRules> {
  const database = openOrSetAside({ folder, file: 'rules.db', migrations: MIGRATIONS, notices: [] });
  const rules = new Rules({
    store: new RuleStore(database),
    folder: join(folder, 'rules'),
    clock: systemClock,
    now: () => Date.now(),
    // What is due is read by the daemon.
    refreshHours: () => Number.POSITIVE_INFINITY,
  });
  const close = (): void => {
    rules.close();
    database.close();
  };
  try {
    await rules.open();
    return { rules, close };
  } catch (error) {
    close();
    throw error;
  }
}
