/** Opens the rules system in a daemon: what is kept is in effect before any other system starts. */
import { join } from 'node:path';
import { formatCount } from '../../ground/count.ts';
import { systemClock } from '../../ground/node/clock.ts';
import { withTimeLimit } from '../../ground/node/time-limit.ts';
import type { SettingsValues } from '../../host/settings-section.ts';
import type { OpenSystem, Services } from '../../host/system.ts';
import type { Mount } from '../../http/mount.ts';
import { createMount } from './api/mount.ts';
import type { RulesOptions as UpOptions } from './commands/up-options.ts';
import type { RulesFacade } from './facade.ts';
import { BlockList } from './node/block-list.ts';
import { RuleStore } from './node/rule-store.ts';
import { Rules } from './node/rules.ts';
import type { RulesSettings } from './settings.ts';

/** A start waits no longer for a file that an option names: a folder on a network drive may never answer. */
const READ_LIMIT_MS = 10_000;

/** @throws ShoalError bad-argument, not-found, no-permission when the file of an option is no list; aborted */
export async function open(services: Services, values: SettingsValues): Promise<OpenSystem<Mount>> {
  const { database, state, notice, signal } = services;
  const { ipFilter } = services.options as UpOptions;
  let settings = values as RulesSettings;
  const rules = new Rules({
    store: new RuleStore(database),
    folder: join(state.folder, 'rules'),
    clock: systemClock,
    now: () => Date.now(),
    refreshHours: () => settings.refreshHours,
  });
  let blockedRanges: number | undefined;
  try {
    await rules.open();
    if (ipFilter !== undefined) {
      const reading = rules.sources.add(ipFilter, undefined, 'start');
      const { read } = await withTimeLimit(ipFilter, reading, { ms: READ_LIMIT_MS, signal });
      blockedRanges = read!.list.addresses.size;
      notice(`block list: ${describe(blockedRanges, read!.problemCount)}`);
    }
  } catch (error) {
    rules.close();
    throw error;
  }
  const facade: RulesFacade = { filter: rules.filter, blockList: new BlockList(rules, state.folder) };
  return {
    surface: createMount(rules),
    facade,
    filter: rules.filter,
    ...(blockedRanges === undefined
      ? {}
      : { ready: { line: `${formatCount(rules.ruleCount, 'rule')} in effect`, facts: { blockedRanges } } }),
    status: () => ({
      line: `${formatCount(rules.ruleCount, 'rule')} in effect, ${formatCount(rules.refusalCount, 'thing')} refused`,
      facts: { rules: rules.ruleCount, refusals: rules.refusalCount },
    }),
    configure: (next) => {
      settings = next as RulesSettings;
      rules.sources.arm();
    },
    close: async () => rules.close(),
  };
}

function describe(ranges: number, skipped: number): string {
  const rest = skipped === 0 ? '' : `; ${formatCount(skipped, 'line')} could not be read`;
  return `${formatCount(ranges, 'range')} ${ranges === 1 ? 'is' : 'are'} not talked to${rest}`;
}
