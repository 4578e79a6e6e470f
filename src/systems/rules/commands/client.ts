/**
 * How commands reach the rules: through the daemon of the state folder, or in the folder itself where none is up. Both answer
 * alike.
 */
import { resolve } from 'node:path';
import type { CommonOptions } from '../../../cli/options.ts';
import { type Ask, connectDaemon } from '../../../cli/daemon-client.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { type ClaimedFolder, claimStateFolder, defaultStateDir } from '../../../host/state/state-folder.ts';
import { Switches } from '../../../host/switches.ts';
import {
  describeChecked,
  describeOwn,
  describeRefusal,
  describeRules,
  describeSource,
} from '../api/describe.ts';
import type {
  AddedState,
  CheckedState,
  OwnRuleState,
  RefusalState,
  RulesState,
  SourceState,
} from '../api/types.ts';
import type { AddRuleOptions, Rules } from '../node/rules.ts';
import { openStandingRules } from '../node/standing.ts';

/** Each throws a ShoalError as the rules do. */
export interface RulesClient {
  state(): Promise<RulesState>;
  add(what: string, options: AddRuleOptions): Promise<AddedState>;
  allow(what: string, reason: string | undefined): Promise<readonly OwnRuleState[]>;
  remove(what: string): Promise<readonly string[]>;
  refresh(id: number): Promise<SourceState>;
  check(what: string): Promise<readonly CheckedState[]>;
  log(limit: number): Promise<readonly RefusalState[]>;
  clearLog(): Promise<void>;
}

const PATH = '/api/v1/rules';

/** @throws ShoalError unsupported when the system is off; state-in-use, no-permission, … */
export async function withRules<T>(
  options: CommonOptions,
  signal: AbortSignal,
  work: (client: RulesClient) => Promise<T>,
): Promise<T> {
  const folder = resolve(options.state ?? defaultStateDir());
  const daemon = connectDaemon(options, signal);
  if (daemon !== undefined) return work(clientOf(daemon.ask));
  if (!new Switches(folder).isOn({ name: 'rules', isOnByDefault: true })) throw isOff();
  return inFolder(folder, work);
}

const isOff = (): ShoalError =>
  new ShoalError('unsupported', 'the system rules is off: switch it on with: shoal systems on rules');

function clientOf(ask: Ask): RulesClient {
  const asked = async <T>(...question: Parameters<Ask>): Promise<T> => {
    try {
      return (await ask(...question)) as T;
    } catch (error) {
      // A path that no system owns.
      const isMissing = error instanceof ShoalError && error.code === 'not-found';
      throw isMissing && /rules.* is off/.test(error.message) ? isOff() : error;
    }
  };
  const query = (what: string): string => `what=${encodeURIComponent(what)}`;
  return {
    state: () => asked('GET', PATH),
    add: (what, options) => asked('POST', PATH, { what, ...options }),
    allow: async (what, reason) =>
      (await asked<{ own: readonly OwnRuleState[] }>('POST', `${PATH}/exceptions`, { what, reason })).own,
    remove: async (what) =>
      (await asked<{ removed: readonly string[] }>('DELETE', `${PATH}?${query(what)}`)).removed,
    refresh: (id) => asked('POST', `${PATH}/sources/${id}/refresh`),
    check: async (what) =>
      (await asked<{ checked: readonly CheckedState[] }>('GET', `${PATH}/check?${query(what)}`)).checked,
    log: async (limit) =>
      (await asked<{ refusals: readonly RefusalState[] }>('GET', `${PATH}/log?limit=${limit}`)).refusals,
    clearLog: async () => void (await asked('DELETE', `${PATH}/log`)),
  };
}

/**
 * The folder is claimed for the time of the work: no daemon starts on half of a change. While another process has it, rules
 * are told and not changed: a daemon that starts would never hear of it.
 */
async function inFolder<T>(folder: string, work: (client: RulesClient) => Promise<T>): Promise<T> {
  const claimed = claimOrShare(folder);
  try {
    const { rules, close } = await openStandingRules(folder);
    try {
      const client = localClient(rules);
      return await work(claimed === undefined ? withoutChanges(client, folder) : client);
    } finally {
      close();
    }
  } finally {
    claimed?.release();
  }
}

function claimOrShare(folder: string): ClaimedFolder | undefined {
  try {
    return claimStateFolder(folder);
  } catch (error) {
    if (error instanceof ShoalError && error.code === 'state-in-use') return undefined;
    throw error;
  }
}

function withoutChanges(client: RulesClient, folder: string): RulesClient {
  const refuse = async (): Promise<never> => {
    throw new ShoalError(
      'state-in-use',
      `another process uses the state folder ${folder}: if it is a daemon that starts, run this again in a moment; end it otherwise`,
    );
  };
  return { ...client, add: refuse, allow: refuse, remove: refuse, refresh: refuse, clearLog: refuse };
}

function localClient(rules: Rules): RulesClient {
  return {
    state: async () => describeRules(rules),
    add: async (what, options) => {
      const added = await rules.add(what, options);
      return added.kind === 'source'
        ? { sources: [describeSource(added.source)], own: [] }
        : { sources: [], own: added.rules.map(describeOwn) };
    },
    allow: async (what, reason) => rules.allow(what, reason).map(describeOwn),
    remove: async (what) => rules.remove(what),
    refresh: async (id) => {
      await rules.sources.refresh(id, 'inside');
      return describeSource(rules.sources.find(id)!);
    },
    check: async (what) => rules.check(what).map(describeChecked),
    log: async (limit) => rules.refusals(limit).map(describeRefusal),
    clearLog: async () => rules.clearRefusals(),
  };
}
