/** `torrents/rename`, `renameFile` and `renameFolder`. */
import { ShoalError } from '../../../ground/errors.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import { type Form, shareOf } from './form.ts';
import type { Endpoints } from './endpoints.ts';

const MAX_NAME = 255;

export function addRenaming({ act }: Endpoints, roster: Roster): void {
  // The name in lists; the files keep their names.
  act('torrents/rename', (form) => {
    const name = form.text('name');
    if (name === undefined || name.length > MAX_NAME)
      throw new ShoalError('unsupported', `a name has 1 to ${MAX_NAME} characters`);
    roster.change(shareOf(roster, form), { name });
  });
  act('torrents/renameFile', (form) => {
    const entry = shareOf(roster, form);
    const paths = entry.paths().map((path) => path?.join('/'));
    const [file, to] = fileIn(form, paths);
    const from = paths[file];
    if (from === undefined) throw new ShoalError('unsupported', `"${entry.name}" has no such file`);
    return rename(roster, entry, new Map([[file, to]]));
  });
  act('torrents/renameFolder', (form) => {
    const entry = shareOf(roster, form);
    const [from, to] = [trimmed(form.require('oldPath')), trimmed(form.require('newPath'))];
    if (!from.includes('/') || !to.includes('/'))
      throw new ShoalError('unsupported', 'the folder of the share itself keeps its name');
    const renamed = new Map<number, string>();
    for (const [file, path] of entry.paths().entries()) {
      const before = path?.join('/');
      if (before?.startsWith(`${from}/`) === true) renamed.set(file, to + before.slice(from.length));
    }
    if (renamed.size === 0) throw new ShoalError('unsupported', `"${entry.name}" has no folder ${from}`);
    return rename(roster, entry, renamed);
  });
}

const trimmed = (path: string): string => path.replace(/^\/+|\/+$/g, '');

/** By its path, or in the older form by its number, with a name instead of a path. */
function fileIn(form: Form, paths: readonly (string | undefined)[]): readonly [number, string] {
  const file = form.number('id');
  if (form.text('oldPath') === undefined && file !== undefined) {
    const before = paths[file]?.split('/') ?? [];
    return [file, [...before.slice(0, -1), form.require('name')].join('/')];
  }
  const to = trimmed(form.require('newPath'));
  return [paths.indexOf(trimmed(form.require('oldPath'))), to];
}

async function rename(roster: Roster, entry: RosterEntry, files: ReadonlyMap<number, string>): Promise<void> {
  const root = entry.paths().find((path) => path !== undefined)?.[0];
  const isSingle = entry.metainfo?.info.isSingleFile === true;
  const below = new Map<number, string>();
  for (const [file, path] of files) {
    if (!isSingle && !path.startsWith(`${root}/`))
      throw new ShoalError('unsupported', `files stay below the folder of the share, "${root}"`);
    below.set(file, isSingle ? path : path.slice(root!.length + 1));
  }
  await roster.renameFiles(entry, below);
}
