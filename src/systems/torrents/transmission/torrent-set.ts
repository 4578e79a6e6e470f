/** Transmission's `torrent-set` and `torrent-rename-path`: what is wanted of shares, in its terms. */
import { ShoalError } from '../../../ground/errors.ts';
import type { Held } from '../roster/held.ts';
import type { Session } from '../roster/session.ts';
import { labelOf, type Priority, type Settings, type Wishes } from '../core/settings.ts';
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
/** `tr_ratiolimit` and `tr_idlelimit`: as the session has it, its own, none. */
const [GLOBAL, SINGLE, UNLIMITED] = [0, 1, 2];
/** What holds when a limit is switched on without a number. */
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
export async function torrentSet({ session }: RpcContext, args: Arguments): Promise<object> {
  requireKnown('torrent-set', args, KNOWN);
  // All of it is read before anything is done.
  const place = numberOf(args, 'queuePosition');
  const location = folderOf(args, 'location');
  const group = stringOf(args, 'group');
  const changes = sharesOf(session, args.ids).map((held) => ({
    held,
    unwanted: unwantedOf(held, args),
    wishes: {
      ...limitsOf(held.entry.wishes, args),
      ...goalsOf(held.entry.wishes, args),
      ...prioritiesOf(held, args),
      ...announceOf(held, args, session.settings),
    },
  }));
  for (const { held, unwanted, wishes } of changes) {
    session.change(held, wishes);
    if (group !== undefined) setGroup(session, held, group);
    if (unwanted !== undefined) await session.select(held, unwanted);
    if (place !== undefined) session.reorder([held], place);
    if (location !== undefined) await session.move(held, location);
  }
  return {};
}

/** Of the whole share, among others. @throws ShoalError bad-argument */
export function levelOf({ bandwidthPriority: given }: Arguments): Priority | undefined {
  if (given === undefined) return undefined;
  const level = LEVELS.get(String(given));
  if (level === undefined) throw new ShoalError('bad-argument', '"bandwidthPriority" has to be -1, 0 or 1');
  return level;
}

/** Bandwidth groups are labels that have settings of their own: a share is in one, or in none. */
function setGroup(session: Session, held: Held, group: string): void {
  const { labels } = session.settings;
  if (group !== '' && labelOf(labels, group) === undefined)
    session.configure({ labels: { ...labels, [group]: {} } });
  const before = groupOf(held, session.settings);
  const others = held.entry.wishes.labels.filter((label) => label !== before && label !== group);
  session.change(held, { labels: group === '' ? others : [group, ...others] });
}

function limitsOf(wishes: Wishes, args: Arguments): Partial<Wishes> {
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
    downloadLimit: limit('download', wishes.downloadLimit),
    uploadLimit: limit('upload', wishes.uploadLimit),
    labels: textsOf(args, 'labels') ?? wishes.labels,
    maxPeers: numberOf(args, 'peer-limit') ?? wishes.maxPeers,
    ...(honors === undefined ? {} : { ignoresLimits: !honors }),
    ...(level === undefined ? {} : { priority: level }),
    ...(isSequential === undefined ? {} : { isSequential }),
  };
}

function goalsOf(wishes: Wishes, args: Arguments): Partial<Wishes> {
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
    ratioGoal: goal('seedRatio', wishes.ratioGoal, DEFAULT_RATIO),
    idleGoal: goal('seedIdle', wishes.idleGoal, DEFAULT_IDLE),
  };
}

/** An empty list means every file. @throws ShoalError bad-argument, unsupported */
function filesOf(held: Held, args: Arguments, name: string): readonly number[] {
  const files = numbersOf(args, name);
  if (files === undefined) return [];
  const count = held.metainfo?.info.files.length;
  if (count === undefined)
    throw new ShoalError('unsupported', `"${held.name}": what is in it is not known yet`);
  const absent = files.find((file) => file >= count);
  if (absent !== undefined) throw new ShoalError('bad-argument', `"${held.name}" has no file ${absent}`);
  return files.length === 0 ? [...Array(count).keys()] : files;
}

function prioritiesOf(held: Held, args: Arguments): Partial<Wishes> {
  const priorities = { ...held.entry.wishes.priorities };
  for (const level of ['low', 'normal', 'high'] as const)
    for (const file of filesOf(held, args, `priority-${level}`)) priorities[file] = level;
  return { priorities };
}

/** Undefined when nothing is said about it. */
function unwantedOf(held: Held, args: Arguments): number[] | undefined {
  if (numbersOf(args, 'files-wanted') === undefined && numbersOf(args, 'files-unwanted') === undefined)
    return undefined;
  const unwanted = new Set(held.entry.wishes.unwanted);
  for (const file of filesOf(held, args, 'files-unwanted')) unwanted.add(file);
  for (const file of filesOf(held, args, 'files-wanted')) unwanted.delete(file);
  return [...unwanted].sort((a, b) => a - b);
}

/** `trackerList` says them all; the others change what is there, by the ids that `torrent-get` tells. */
function announceOf(held: Held, args: Arguments, settings: Settings): Partial<Wishes> {
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
  let all = trackersOf(new View(held, settings)).map(({ url, tier }, id) => ({ id, url, tier }));
  const find = (id: unknown): (typeof all)[number] => {
    const found = all.find((one) => one.id === id);
    if (found === undefined)
      throw new ShoalError('bad-argument', `"${held.name}" has no tracker ${String(id)}`);
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
    throw new ShoalError('bad-argument', `"${url}" is no address of a tracker`);
  return url;
}

/**
 * Gives a file, or a folder within the share, another name.
 * @throws ShoalError bad-argument, name-conflict, unsupported
 */
export async function renamePath({ session }: RpcContext, args: Arguments): Promise<object> {
  requireKnown('torrent-rename-path', args, new Set(['ids', 'path', 'name']));
  const [held, ...others] = sharesOf(session, args.ids);
  const [path, name] = [textOf(args, 'path'), textOf(args, 'name')];
  if (held === undefined || others.length > 0) throw new ShoalError('bad-argument', 'name one share');
  if (path === undefined || name === undefined || name.includes('/'))
    throw new ShoalError('bad-argument', 'a path and a new name are needed');
  const parts = path.split('/');
  const isSingle = held.metainfo?.info.isSingleFile === true;
  if (parts.length < 2 && !isSingle) throw new ShoalError('unsupported', 'the share itself keeps its name');
  const isUnder = (file: readonly string[]): boolean => parts.every((part, depth) => file[depth] === part);
  const renamed = new Map<number, string>();
  for (const [file, old] of held.paths().entries()) {
    if (old === undefined || !isUnder(old)) continue;
    const next = old.with(parts.length - 1, name);
    renamed.set(file, (isSingle ? next : next.slice(1)).join('/'));
  }
  if (renamed.size === 0) throw new ShoalError('bad-argument', `"${held.name}" has no ${path}`);
  await session.renameFiles(held, renamed);
  return { id: held.entry.id, path, name };
}
