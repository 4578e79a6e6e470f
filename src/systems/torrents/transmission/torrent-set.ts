/** Transmission's `torrent-set` and `torrent-rename-path`: preferences of shares in its terms. */
import { ShoalError } from '../../../ground/errors.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import { labelOf, type Settings } from '../settings.ts';
import type { Priority, SharePreferences } from '../core/preferences.ts';
import {
  type Arguments,
  flagOf,
  folderOf,
  KILO,
  numberOf,
  numbersOf,
  rateOf,
  stringOf,
  requireKnown,
  sharesOf,
  textOf,
  textsOf,
} from './arguments.ts';
import type { RpcContext } from './context.ts';
import { groupOf, trackersOf, View } from './fields.ts';

const LEVELS: ReadonlyMap<string, Priority> = new Map([
  ['-1', 'low'],
  ['0', 'normal'],
  ['1', 'high'],
]);
/** `tr_ratiolimit` and `tr_idlelimit`: the setting of the daemon, a goal of the share, no goal. */
const [GLOBAL, SINGLE, UNLIMITED] = [0, 1, 2];
/** The limit when it is switched on without a number. */
const DEFAULT_LIMIT = 100 * KILO;
const DEFAULT_RATIO = 2;
const DEFAULT_IDLE = 30;

const KNOWN: ReadonlySet<string> = new Set([
  'bandwidthPriority',
  'downloadLimit',
  'downloadLimited',
  'files-unwanted',
  'files-wanted',
  'group',
  'honorsSessionLimits',
  'ids',
  'labels',
  'location',
  'peer-limit',
  'priority-high',
  'priority-low',
  'priority-normal',
  'queuePosition',
  'seedIdleLimit',
  'seedIdleMode',
  'seedRatioLimit',
  'seedRatioMode',
  'sequentialDownload',
  'sequential_download',
  'trackerAdd',
  'trackerList',
  'trackerRemove',
  'trackerReplace',
  'uploadLimit',
  'uploadLimited',
]);

/** @throws ShoalError bad-argument, unsupported */
export async function torrentSet({ roster }: RpcContext, args: Arguments): Promise<object> {
  requireKnown('torrent-set', args, KNOWN);
  // All arguments are read before anything changes.
  const place = numberOf(args, 'queuePosition');
  const location = folderOf(args, 'location');
  const group = stringOf(args, 'group');
  const changes = sharesOf(roster, args.ids).map((entry) => ({
    entry,
    unwanted: unwantedOf(entry, args),
    preferences: {
      ...limitsOf(entry.stored.preferences, args),
      ...goalsOf(entry.stored.preferences, args),
      ...prioritiesOf(entry, args),
      ...announceOf(entry, args, roster.settings),
    },
  }));
  for (const { entry, unwanted, preferences } of changes) {
    roster.change(entry, preferences);
    if (group !== undefined) setGroup(roster, entry, group);
    if (unwanted !== undefined) await roster.select(entry, unwanted);
    if (place !== undefined) roster.reorder([entry], place);
    if (location !== undefined) await roster.move(entry, location);
  }
  return {};
}

/** The priority of the whole share. @throws ShoalError bad-argument */
export function levelOf({ bandwidthPriority: given }: Arguments): Priority | undefined {
  if (given === undefined) return undefined;
  const level = LEVELS.get(String(given));
  if (level === undefined) throw new ShoalError('bad-argument', '"bandwidthPriority" has to be -1, 0 or 1');
  return level;
}

/** Bandwidth groups are labels with settings of their own. A share is in one group at most. */
function setGroup(roster: Roster, entry: RosterEntry, group: string): void {
  const { labels } = roster.settings;
  if (group !== '' && labelOf(labels, group) === undefined)
    roster.configure({ labels: { ...labels, [group]: {} } });
  const before = groupOf(entry, roster.settings);
  const others = entry.stored.preferences.labels.filter((label) => label !== before && label !== group);
  roster.change(entry, { labels: group === '' ? others : [group, ...others] });
}

function limitsOf(preferences: SharePreferences, args: Arguments): Partial<SharePreferences> {
  const limit = (name: string, before: number | undefined): number | undefined => {
    const value = rateOf(args, `${name}Limit`);
    const isOn = flagOf(args, `${name}Limited`);
    if (isOn === false) return undefined;
    if (value !== undefined) return value;
    return before ?? (isOn === true ? DEFAULT_LIMIT : undefined);
  };
  const honors = flagOf(args, 'honorsSessionLimits');
  const level = levelOf(args);
  const isSequential = flagOf(args, 'sequential_download') ?? flagOf(args, 'sequentialDownload');
  return {
    downloadLimit: limit('download', preferences.downloadLimit),
    uploadLimit: limit('upload', preferences.uploadLimit),
    labels: textsOf(args, 'labels') ?? preferences.labels,
    maxPeers: numberOf(args, 'peer-limit') ?? preferences.maxPeers,
    ...(honors === undefined ? {} : { ignoresLimits: !honors }),
    ...(level === undefined ? {} : { priority: level }),
    ...(isSequential === undefined ? {} : { isSequential }),
  };
}

function goalsOf(preferences: SharePreferences, args: Arguments): Partial<SharePreferences> {
  const goal = (
    name: string,
    before: number | null | undefined,
    unset: number,
  ): number | null | undefined => {
    const value = numberOf(args, `${name}Limit`);
    const mode = numberOf(args, `${name}Mode`);
    if (mode !== undefined && mode > UNLIMITED)
      throw new ShoalError('bad-argument', `"${name}Mode" has to be 0, 1 or 2`);
    if (mode === GLOBAL) return undefined;
    if (mode === UNLIMITED) return null;
    if (mode === SINGLE) return value ?? before ?? unset;
    // A limit without a mode is the share's own from now on.
    return value ?? before;
  };
  return {
    ratioGoal: goal('seedRatio', preferences.ratioGoal, DEFAULT_RATIO),
    idleGoal: goal('seedIdle', preferences.idleGoal, DEFAULT_IDLE),
  };
}

/** An empty list means every file. @throws ShoalError bad-argument, unsupported */
function filesOf(entry: RosterEntry, args: Arguments, name: string): readonly number[] {
  const files = numbersOf(args, name);
  if (files === undefined) return [];
  const count = entry.metainfo?.info.files.length;
  if (count === undefined)
    throw new ShoalError('unsupported', `"${entry.name}": the metadata is not known yet`);
  const absent = files.find((file) => file >= count);
  if (absent !== undefined) throw new ShoalError('bad-argument', `"${entry.name}" has no file ${absent}`);
  return files.length === 0 ? [...Array(count).keys()] : files;
}

function prioritiesOf(entry: RosterEntry, args: Arguments): Partial<SharePreferences> {
  const priorities = { ...entry.stored.preferences.priorities };
  for (const level of ['low', 'normal', 'high'] as const)
    for (const file of filesOf(entry, args, `priority-${level}`)) priorities[file] = level;
  return { priorities };
}

/** Undefined when the request does not name it. */
function unwantedOf(entry: RosterEntry, args: Arguments): number[] | undefined {
  if (numbersOf(args, 'files-wanted') === undefined && numbersOf(args, 'files-unwanted') === undefined)
    return undefined;
  const unwanted = new Set(entry.stored.preferences.unwanted);
  for (const file of filesOf(entry, args, 'files-unwanted')) unwanted.add(file);
  for (const file of filesOf(entry, args, 'files-wanted')) unwanted.delete(file);
  return [...unwanted].sort((a, b) => a - b);
}

/** `trackerList` replaces all trackers; the other arguments change single ones by their ids in `torrent-get`. */
function announceOf(entry: RosterEntry, args: Arguments, settings: Settings): Partial<SharePreferences> {
  const list = stringOf(args, 'trackerList');
  if (list !== undefined) {
    const tiers = list.split(/\n\s*\n/).map((tier) =>
      tier
        .split('\n')
        .map((url) => url.trim())
        .filter(Boolean),
    );
    return { announce: tiers.filter((tier) => tier.length > 0).map((tier) => tier.map(requireUrl)) };
  }
  const [added, removed] = [textsOf(args, 'trackerAdd'), numbersOf(args, 'trackerRemove')];
  const replaced = args.trackerReplace ?? undefined;
  if (replaced !== undefined && (!Array.isArray(replaced) || replaced.length % 2 !== 0))
    throw new ShoalError('bad-argument', '"trackerReplace" has to be a list of ids and addresses in turn');
  if (added === undefined && removed === undefined && replaced === undefined) return {};
  let all = trackersOf(new View(entry, settings)).map(({ url, tier }, id) => ({ id, url, tier }));
  const find = (id: unknown): (typeof all)[number] => {
    const found = all.find((one) => one.id === id);
    if (found === undefined)
      throw new ShoalError('bad-argument', `"${entry.name}" has no tracker ${String(id)}`);
    return found;
  };
  if (replaced !== undefined)
    for (let i = 0; i + 1 < replaced.length; i += 2)
      find(replaced[i]).url = requireUrl(String(replaced[i + 1]));
  const gone = new Set((removed ?? []).map((id) => find(id).id));
  all = all.filter(({ id }) => !gone.has(id));
  const tiers = [...Map.groupBy(all, ({ tier }) => tier).values()].map((tier) => tier.map(({ url }) => url));
  const known = new Set(tiers.flat());
  for (const url of added ?? []) if (!known.has(url)) tiers.push([requireUrl(url)]);
  return { announce: tiers };
}

function requireUrl(url: string): string {
  if (!/^(https?|udp):\/\/./i.test(url) || !URL.canParse(url))
    throw new ShoalError('bad-argument', `"${url}" is not the address of a tracker`);
  return url;
}

/**
 * Gives a file, or a folder within the share, another name.
 * @throws ShoalError bad-argument, name-conflict, unsupported
 */
export async function renamePath({ roster }: RpcContext, args: Arguments): Promise<object> {
  requireKnown('torrent-rename-path', args, new Set(['ids', 'path', 'name']));
  const [entry, ...others] = sharesOf(roster, args.ids);
  const [path, name] = [textOf(args, 'path'), textOf(args, 'name')];
  if (entry === undefined || others.length > 0) throw new ShoalError('bad-argument', 'name one share');
  if (path === undefined || name === undefined || name.includes('/'))
    throw new ShoalError('bad-argument', 'a path and a new name are needed');
  const parts = path.split('/');
  const isSingle = entry.metainfo?.info.isSingleFile === true;
  if (parts.length < 2 && !isSingle) throw new ShoalError('unsupported', 'the share itself keeps its name');
  const isUnder = (file: readonly string[]): boolean => parts.every((part, depth) => file[depth] === part);
  const renamed = new Map<number, string>();
  for (const [file, old] of entry.paths().entries()) {
    if (old === undefined || !isUnder(old)) continue;
    const next = old.with(parts.length - 1, name);
    renamed.set(file, (isSingle ? next : next.slice(1)).join('/'));
  }
  if (renamed.size === 0) throw new ShoalError('bad-argument', `"${entry.name}" has no ${path}`);
  await roster.renameFiles(entry, renamed);
  return { id: entry.stored.id, path, name };
}
