/** `torrents/*` that change shares of the roster. */
import { createAddress } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { actOnEach } from '../roster/act-on-each.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import { tiersOf } from '../roster/preferences.ts';
import { setFilePriority } from './files.ts';
import { type Form, sharesOf, shareOf } from './form.ts';
import type { Endpoints } from './endpoints.ts';

export function addActions({ act }: Endpoints, roster: Roster): void {
  const each = (path: string, change: (entry: RosterEntry, form: Form) => unknown): void =>
    act(`torrents/${path}`, (form) => actOnEach(sharesOf(roster, form), (entry) => change(entry, form)));
  // Both names: those of version 4, and of 5.
  for (const name of ['pause', 'stop']) each(name, (entry) => roster.pause(entry));
  for (const name of ['resume', 'start']) each(name, (entry) => roster.resume(entry));
  each('delete', (entry, form) => roster.remove(entry, form.flag('deleteFiles') === true));
  each('recheck', (entry) => roster.verify(entry));
  each('reannounce', ({ share }) => share?.reannounce());
  each('setLocation', (entry, form) => roster.move(entry, requireFolder(form, 'location')));
  act('torrents/setSavePath', async (form) => {
    form.requireAny('id');
    for (const hash of form.list('id', '|')) {
      const entry = roster.findByHash(hash);
      if (entry !== undefined) await roster.move(entry, requireFolder(form, 'path'));
    }
  });
  for (const which of ['download', 'upload'] as const)
    each(`set${which === 'download' ? 'Download' : 'Upload'}Limit`, (entry, form) => {
      form.require('limit');
      roster.change(entry, { [`${which}Limit`]: form.limit('limit') ?? undefined });
    });
  each('setForceStart', (entry, form) => {
    form.require('value');
    if (form.flag('value') === true) roster.resume(entry, true);
    else roster.change(entry, { isForced: false });
  });
  each('toggleSequentialDownload', (entry) =>
    roster.change(entry, { isSequential: !entry.stored.preferences.isSequential }),
  );
  each('toggleFirstLastPiecePrio', (entry) =>
    roster.change(entry, { isEndsFirst: entry.stored.preferences.isEndsFirst !== true }),
  );
  addSwitches(each);
  each('setShareLimits', (entry, form) => {
    requireNoActions(form);
    form.requireAny('ratioLimit', 'seedingTimeLimit', 'inactiveSeedingTimeLimit');
    roster.change(entry, goalsIn(form));
  });
  addQueue(act, roster);
  act('torrents/filePrio', async (form) => {
    form.require('id');
    const files = form.list('id', '|').map(Number);
    await setFilePriority(roster, shareOf(roster, form), files, Number(form.require('priority')));
  });
  act('torrents/addPeers', (form) => addPeers(roster, form));
}

/** Refuses to switch on what the daemon does not do. Off is accepted, because it is off. */
function addSwitches(
  each: (path: string, change: (entry: RosterEntry, form: Form) => unknown) => void,
): void {
  each('setAutoManagement', (_, form) => {
    form.require('enable');
    if (form.flag('enable') === true) throw new ShoalError('unsupported', NO_AUTO_MANAGEMENT);
  });
  each('setSuperSeeding', (_, form) => {
    form.require('value');
    if (form.flag('value') === true)
      throw new ShoalError(
        'unsupported',
        'super-seeding is chosen when a share is made: shoal share --super-seed',
      );
  });
}

export const NO_AUTO_MANAGEMENT =
  'files do not move by themselves when a category changes: move them with setLocation';

function requireFolder(form: Form, name: string): string {
  form.require(name);
  return form.folder(name)!;
}

/** The action at a goal cannot be chosen. @throws ShoalError unsupported */
export function requireNoActions(form: Form): void {
  const action = form.text('shareLimitAction');
  if (action !== undefined && !['Default', 'Stop', '-1', '0'].includes(action))
    throw new ShoalError('unsupported', 'a share that reaches its goal is stopped; no other action follows');
  const mode = form.text('shareLimitsMode');
  if (mode !== undefined && !['Default', 'MatchAny', '-1', '0'].includes(mode))
    throw new ShoalError('unsupported', 'a share is stopped when one of its goals is reached');
}

/** A goal that is not named follows the setting of the daemon. */
export function goalsIn(form: Form): {
  readonly ratioGoal: number | null | undefined;
  readonly seedingGoal: number | null | undefined;
  readonly idleGoal: number | null | undefined;
} {
  return {
    ratioGoal: form.goal('ratioLimit'),
    seedingGoal: form.goal('seedingTimeLimit'),
    idleGoal: form.goal('inactiveSeedingTimeLimit'),
  };
}

function addQueue(act: Endpoints['act'], roster: Roster): void {
  const place = (path: string, placeOf: (at: number, count: number) => number): void =>
    act(`torrents/${path}`, (form) => {
      const moved = sharesOf(roster, form);
      const { queue } = roster;
      if (moved.length > 0)
        roster.reorder(moved, Math.max(0, placeOf(queue.indexOf(moved[0]!), queue.length)));
    });
  place('topPrio', () => 0);
  place('bottomPrio', (_, count) => count);
  place('increasePrio', (at) => at - 1);
  place('decreasePrio', (at) => at + 1);
}

/** `host:port|host:port` of numbers, not of names. @throws ShoalError bad-argument when none can be read */
function addPeers(roster: Roster, form: Form): object {
  const given = form.list('peers', '|');
  const addresses = given.map(addressOf).filter((address) => address !== undefined);
  if (addresses.length === 0)
    throw new ShoalError('bad-argument', 'write peers as ADDRESS:PORT, separated by "|"');
  return Object.fromEntries(
    sharesOf(roster, form).map(({ stored, share }) => {
      share?.addPeers(addresses);
      const added = share === undefined ? 0 : addresses.length;
      return [stored.key.slice(0, 40), { added, failed: given.length - added }];
    }),
  );
}

/** The port, and the host without brackets. */
export function splitPeer(text: string): { readonly host: string; readonly port: number } | undefined {
  const match = /^(?:\[([0-9a-f:.]+)\]|([0-9.]+)):(\d{1,5})$/i.exec(text);
  return match === null ? undefined : { host: (match[1] ?? match[2])!, port: Number(match[3]) };
}

function addressOf(text: string): ReturnType<typeof createAddress> {
  const peer = splitPeer(text);
  return peer === undefined || peer.port === 0 || peer.port > 65_535
    ? undefined
    : createAddress(peer.host, peer.port);
}

export function addTrackers({ act }: Endpoints, roster: Roster): void {
  const change = (path: string, next: (urls: readonly string[], form: Form) => readonly string[]): void =>
    act(`torrents/${path}`, (form) => {
      const entry = shareOf(roster, form);
      const before = tiersOf(entry);
      const urls = next(before.flat(), form);
      const kept = before.map((tier) => tier.filter((url) => urls.includes(url)));
      const known = new Set(kept.flat());
      const added = urls.filter((url) => !known.has(url)).map((url) => [requireTracker(url)]);
      roster.change(entry, { announce: [...kept.filter((tier) => tier.length > 0), ...added] });
    });
  change('addTrackers', (urls, form) => {
    form.require('urls');
    return [...urls, ...form.list('urls', /\s+/)];
  });
  change('removeTrackers', (urls, form) => {
    const gone = form.list('urls', '|');
    if (!gone.some((url) => urls.includes(url)))
      throw new ShoalError('unsupported', 'the share has none of these trackers');
    return urls.filter((url) => !gone.includes(url));
  });
  change('editTracker', (urls, form) => {
    const from = form.text('origUrl') ?? form.require('url');
    const to = form.require('newUrl');
    if (!urls.includes(from)) throw new ShoalError('unsupported', `it has no tracker ${from}`);
    if (urls.includes(to)) throw new ShoalError('name-conflict', `the share has the tracker ${to} already`);
    return urls.map((url) => (url === from ? to : url));
  });
}

/** @throws ShoalError bad-argument */
function requireTracker(url: string): string {
  if (!/^(https?|udp):\/\/./i.test(url) || !URL.canParse(url))
    throw new ShoalError('bad-argument', `"${url}" is not the address of a tracker`);
  return url;
}
