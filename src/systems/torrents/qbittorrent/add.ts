/**
 * `torrents/add`: links and torrent files in one form, with the preferences for them. A field takes effect, or the
 * request is refused before anything is added.
 */
import { join } from 'node:path';
import { splitLinks } from '../../../data/content/link-list.ts';
import { decodeMetainfo, type Metainfo } from '../../../data/content/metainfo.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { AddOptions, Roster } from '../roster/roster.ts';
import { safeName } from '../../../data/storage/safe-path.ts';
import type { Priority, SharePreferences } from '../core/preferences.ts';
import { goalsIn, NO_AUTO_MANAGEMENT, requireNoActions } from './actions.ts';
import { makeCategory } from './categories.ts';
import { priorityOf } from './files.ts';
import type { Form } from './form.ts';

/** Fields of versions 4 and 5; `useAutoTMM` and `root_folder` are older names. */
const KNOWN: ReadonlySet<string> = new Set([
  'addToTopOfQueue',
  'autoTMM',
  'category',
  'contentLayout',
  'cookie',
  'dlLimit',
  'downloadPath',
  'downloader',
  'filePriorities',
  'firstLastPiecePrio',
  'forced',
  'inactiveSeedingTimeLimit',
  'paused',
  'ratioLimit',
  'rename',
  'root_folder',
  'savepath',
  'seedMode',
  'seedingTimeLimit',
  'sequentialDownload',
  'shareLimitAction',
  'shareLimitsMode',
  'skip_checking',
  'ssl_certificate',
  'ssl_dh_params',
  'ssl_private_key',
  'stopCondition',
  'stopped',
  'tags',
  'torrents',
  'upLimit',
  'urls',
  'useAutoTMM',
  'useDownloadPath',
]);

/**
 * A broken source does not keep the others out.
 * @returns whether anything was added
 * @throws ShoalError when nothing was added: the failure of the first source
 */
export async function addTorrents(roster: Roster, form: Form): Promise<boolean> {
  requireDoable(form);
  const links = splitLinks(form.get('urls') ?? '');
  const torrents = form.files.map((bytes) => async () => {
    const metainfo = decode(bytes);
    const { folder, ...options } = optionsOf(roster, form);
    return roster.addTorrent({ metainfo, bytes }, { ...options, folder: layOut(form, folder, metainfo) });
  });
  const magnets = links.map((link) => () => {
    requireOriginalLayout(form);
    if (form.text('cookie') !== undefined && /^https?:/i.test(link))
      throw new ShoalError(
        'unsupported',
        'no cookies are sent to fetch a torrent file: send the file itself',
      );
    return roster.addLink(link, optionsOf(roster, form));
  });
  const added: RosterEntry[] = [];
  const failures: unknown[] = [];
  for (const add of [...torrents, ...magnets]) {
    try {
      const { entry, isNew } = await add();
      added.push(entry);
      if (isNew && form.flag('forced') === true) roster.resume(entry, true);
    } catch (error) {
      failures.push(error);
      roster.log.add(`a torrent was not added: ${(error as Error).message}`, true);
    }
  }
  if (form.flag('addToTopOfQueue') === true && added.length > 0) roster.reorder(added, 0);
  if (added.length === 0 && failures.length > 0) throw failures[0];
  return added.length > 0;
}

function decode(bytes: Uint8Array): Metainfo {
  const decoded = decodeMetainfo(bytes, nodeHasher);
  if (decoded.ok) return decoded.value;
  throw ShoalError.fromMalformed('bad-torrent', 'this is not a valid torrent file', decoded.error);
}

/** @throws ShoalError unsupported */
function requireDoable(form: Form): void {
  const unsupported = (why: string): ShoalError => new ShoalError('unsupported', why);
  for (const name of form.names)
    if (!KNOWN.has(name)) throw unsupported(`torrents/add does not know the field "${name}"`);
  for (const name of ['skip_checking', 'seedMode'])
    if (form.flag(name) === true) throw unsupported(`Shoal checks all data: leave out ${name}`);
  for (const name of ['autoTMM', 'useAutoTMM'])
    if (form.flag(name) === true) throw unsupported(NO_AUTO_MANAGEMENT);
  if (![undefined, 'None'].includes(form.text('stopCondition')))
    throw unsupported('a share does not stop by itself before it is whole: leave out stopCondition');
  for (const name of ['ssl_certificate', 'ssl_dh_params', 'ssl_private_key'])
    if (form.text(name) !== undefined)
      throw unsupported('connections to peers have no certificates (SSL torrents)');
  if (form.text('downloader') !== undefined) throw unsupported('Shoal has no search plugins');
  if (
    form.text('filePriorities') !== undefined &&
    form.get('urls') !== undefined &&
    splitLinks(form.get('urls')!).length > 0
  )
    throw unsupported('filePriorities need a torrent file: the files of a link are not known yet');
  requireNoActions(form);
}

const layoutOf = (form: Form): string => {
  const folder = form.flag('root_folder');
  return (
    form.text('contentLayout') ?? (folder === undefined ? 'Original' : folder ? 'Subfolder' : 'NoSubfolder')
  );
};

/** The files of a link are not known yet. @throws ShoalError unsupported */
function requireOriginalLayout(form: Form): void {
  if (layoutOf(form) !== 'Original')
    throw new ShoalError('unsupported', 'a link keeps its own folders: contentLayout has to be Original');
}

/** @throws ShoalError unsupported */
function layOut(form: Form, folder: string, { info }: Metainfo): string {
  const layout = layoutOf(form);
  if (layout === 'Original') return folder;
  if (layout === 'NoSubfolder') {
    if (info.isSingleFile) return folder;
    throw new ShoalError(
      'unsupported',
      'the folder of a torrent is kept: contentLayout cannot be NoSubfolder',
    );
  }
  if (layout !== 'Subfolder') throw new ShoalError('bad-argument', `"${layout}" is no contentLayout`);
  // A torrent of several files has a folder already.
  return info.isSingleFile ? join(folder, safeName(info.name.replace(/\.[^.]+$/, ''))) : folder;
}

function optionsOf(roster: Roster, form: Form): AddOptions {
  const category = form.text('category');
  if (category !== undefined) makeCategory(roster, category);
  const labels = [...(category === undefined ? [] : [category]), ...form.list('tags', ',')];
  const named = form.folder('savepath');
  const usesOther = form.flag('useDownloadPath');
  const other = form.folder('downloadPath');
  if (usesOther === true && other === undefined && roster.settings.incompleteDir === null)
    throw new ShoalError('bad-argument', 'useDownloadPath needs downloadPath');
  const incompleteDir = usesOther === false ? null : other;
  return {
    folder: named ?? roster.folderFor(labels),
    triesFolders: named !== undefined || other !== undefined,
    preferences: sharePreferencesOf(form, labels),
    ...(incompleteDir === undefined ? {} : { incompleteDir }),
  };
}

function sharePreferencesOf(form: Form, labels: readonly string[]): Partial<SharePreferences> {
  const isPaused = form.flag('paused') ?? form.flag('stopped');
  const name = form.text('rename');
  const goals = Object.entries(goalsIn(form)).filter(([, goal]) => goal !== undefined);
  return {
    labels,
    ...(isPaused === undefined ? {} : { isPaused }),
    ...(name === undefined ? {} : { name }),
    isSequential: form.flag('sequentialDownload') === true,
    isEndsFirst: form.flag('firstLastPiecePrio') === true,
    downloadLimit: form.limit('dlLimit') ?? undefined,
    uploadLimit: form.limit('upLimit') ?? undefined,
    ...Object.fromEntries(goals),
    ...filesOf(form),
  };
}

/** By index of the file, in qBittorrent's numbers. */
function filesOf(form: Form): Partial<SharePreferences> {
  const numbers = form.list('filePriorities', ',').map(Number);
  const unwanted: number[] = [];
  const priorities: Record<number, Priority> = {};
  for (const [file, number] of numbers.entries()) {
    const priority = priorityOf(number);
    if (priority === undefined) unwanted.push(file);
    else if (priority !== 'normal') priorities[file] = priority;
  }
  return { unwanted, priorities };
}
