/** Transmission's `torrent-add`: a link, a torrent file or its address, with the preferences for it. */
import { ShoalError } from '../../../ground/errors.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { AddOptions, Roster } from '../roster/roster.ts';
import type { Priority, SharePreferences } from '../core/preferences.ts';
import {
  type Arguments,
  flagOf,
  folderOf,
  numberOf,
  numbersOf,
  requireKnown,
  textOf,
  textsOf,
} from './arguments.ts';
import type { RpcContext } from './context.ts';
import { levelOf } from './torrent-set.ts';

const KNOWN: ReadonlySet<string> = new Set([
  'bandwidthPriority',
  'cookies',
  'download-dir',
  'filename',
  'files-unwanted',
  'files-wanted',
  'labels',
  'metainfo',
  'paused',
  'peer-limit',
  'priority-high',
  'priority-low',
  'priority-normal',
  'sequential_download',
]);

/** @throws ShoalError bad-argument, unsupported, bad-link, bad-torrent */
export async function torrentAdd({ roster }: RpcContext, args: Arguments): Promise<object> {
  requireKnown('torrent-add', args, KNOWN);
  const labels = textsOf(args, 'labels') ?? [];
  const named = folderOf(args, 'download-dir');
  const { entry, isNew } = await addSource(roster, args, {
    folder: named ?? roster.folderFor(labels),
    triesFolders: named !== undefined,
    preferences: sharePreferencesOf(args),
  });
  const told = { id: entry.stored.id, name: entry.name, hashString: entry.stored.key.slice(0, 40) };
  return isNew ? { 'torrent-added': told } : { 'torrent-duplicate': told };
}

async function addSource(
  roster: Roster,
  args: Arguments,
  options: AddOptions,
): Promise<{ readonly entry: RosterEntry; readonly isNew: boolean }> {
  const encoded = textOf(args, 'metainfo');
  if (encoded !== undefined) return roster.addTorrentBytes(Buffer.from(encoded, 'base64'), options);
  const link = textOf(args, 'filename');
  if (link === undefined) throw new ShoalError('bad-argument', 'no filename or metainfo specified');
  if (textOf(args, 'cookies') !== undefined && /^https?:/i.test(link))
    throw new ShoalError(
      'unsupported',
      'no cookies are sent to fetch a torrent file: send the file itself as metainfo',
    );
  return roster.addLink(link, options);
}

function sharePreferencesOf(args: Arguments): Partial<SharePreferences> {
  const paused = flagOf(args, 'paused');
  const isSequential = flagOf(args, 'sequential_download');
  const maxPeers = numberOf(args, 'peer-limit');
  const priority = levelOf(args);
  const wanted = new Set(numbersOf(args, 'files-wanted'));
  const unwanted = (numbersOf(args, 'files-unwanted') ?? []).filter((file) => !wanted.has(file));
  const priorities: Record<number, Priority> = {};
  for (const level of ['low', 'normal', 'high'] as const)
    for (const file of numbersOf(args, `priority-${level}`) ?? []) priorities[file] = level;
  return {
    ...(paused === undefined ? {} : { isPaused: paused }),
    ...(isSequential === undefined ? {} : { isSequential }),
    ...(maxPeers === undefined ? {} : { maxPeers }),
    ...(priority === undefined ? {} : { priority }),
    labels: textsOf(args, 'labels') ?? [],
    unwanted,
    priorities,
  };
}
