/** Reads shares: `torrents/*` that change nothing, and `sync/*`. */
import { ShoalError } from '../../../ground/errors.ts';
import { toHex } from '../../../ground/bytes.ts';
import { Geometry, v1PieceHash, v2PieceHash } from '../../../data/content/geometry.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import { type Form, shareOf, sharesOf } from './form.ts';
import type { Endpoints } from './endpoints.ts';
import { maindata } from './server-state.ts';
import { categoryOf, filesOf, infoOf, peersOf, propertiesOf, tagsOf, trackersOf } from './torrents.ts';

export function addReads({ read, respond }: Endpoints, roster: Roster): void {
  const one = (path: string, tell: (entry: RosterEntry) => unknown): void =>
    read(path, (form) => tell(shareOf(roster, form)));
  read('torrents/info', (form) => listTorrents(roster, form));
  read('torrents/count', () => `${roster.all.length}`);
  one('torrents/properties', (entry) => propertiesOf(roster, entry));
  one('torrents/trackers', (entry) => trackersOf(roster, entry));
  one('torrents/webseeds', (entry) => (entry.metainfo?.webSeeds ?? []).map((url) => ({ url })));
  read('torrents/files', (form) => filesOf(shareOf(roster, form), indexesIn(form)));
  one('torrents/pieceStates', (entry) => {
    const pieces = entry.pieces();
    return Array.from({ length: pieces?.length ?? 0 }, (_, piece) => (pieces!.has(piece) ? HERE : ABSENT));
  });
  one('torrents/pieceAvailability', (entry) => {
    const availabilityOf = entry.share?.availability;
    return Array.from({ length: entry.pieces()?.length ?? 0 }, (_, piece) => availabilityOf?.(piece) ?? 0);
  });
  one('torrents/pieceHashes', pieceHashesOf);
  for (const which of ['download', 'upload'] as const)
    read(`torrents/${which}Limit`, (form) =>
      Object.fromEntries(
        sharesOf(roster, form).map(({ stored }) => [
          stored.key.slice(0, 40),
          stored.preferences[`${which}Limit`] ?? NO_LIMIT,
        ]),
      ),
    );
  read('sync/maindata', (form) => maindata(roster, form.number('rid') ?? 0));
  read('sync/torrentPeers', (form) => peersOf(shareOf(roster, form), form.number('rid') ?? 0));
  addExport(respond, roster);
}

/** In `pieceStates`. */
const [ABSENT, HERE] = [0, 2];
const NO_LIMIT = -1;

function addExport(respond: Endpoints['respond'], roster: Roster): void {
  respond('torrents/export', (form, reply) => {
    const entry = shareOf(roster, form);
    const bytes = roster.peer.state.torrents.read(entry.stored.key);
    if (bytes === undefined) throw notKnown(entry);
    return reply.type('application/x-bittorrent').send(Buffer.from(bytes));
  });
}

const notKnown = (entry: RosterEntry): ShoalError =>
  new ShoalError('unsupported', `"${entry.name}": the metadata is not known yet`);

function indexesIn(form: Form): ReadonlySet<number> | undefined {
  return form.text('indexes') === undefined ? undefined : new Set(form.list('indexes', '|').map(Number));
}

/** The hashes of v1; of v2 where there are none. */
function pieceHashesOf(entry: RosterEntry): string[] {
  const { metainfo } = entry;
  if (metainfo === undefined) throw notKnown(entry);
  const geometry = new Geometry(metainfo.info);
  return Array.from({ length: geometry.pieceCount }, (_, piece) => {
    const hash = v1PieceHash(metainfo, piece) ?? v2PieceHash(metainfo, geometry, piece);
    if (hash === undefined) throw notKnown(entry);
    return toHex(hash);
  });
}

type Row = Readonly<Record<string, unknown>>;
const isPaused = (state: string): boolean => state.startsWith('paused');
const isActive = ({ dlspeed, upspeed }: Row): boolean => Number(dlspeed) > 0 || Number(upspeed) > 0;

const FILTERS: Readonly<Record<string, (state: string, row: Row) => boolean>> = {
  all: () => true,
  downloading: (state) => /DL$|^downloading$/.test(state) && !isPaused(state),
  seeding: (state) => /UP$|^uploading$/.test(state) && !isPaused(state),
  completed: (state) => /UP$|^uploading$/.test(state),
  paused: isPaused,
  stopped: isPaused,
  resumed: (state) => !isPaused(state),
  running: (state) => !isPaused(state),
  active: (_, row) => isActive(row),
  inactive: (_, row) => !isActive(row),
  stalled: (state) => state.startsWith('stalled'),
  stalled_uploading: (state) => state === 'stalledUP',
  stalled_downloading: (state) => state === 'stalledDL',
  checking: (state) => state.startsWith('checking'),
  moving: (state) => state === 'moving',
  errored: (state) => state === 'error' || state === 'missingFiles',
};

function listTorrents(roster: Roster, form: Form): unknown[] {
  const [category, tag, sort] = [form.get('category'), form.get('tag'), form.text('sort')];
  const filter = form.text('filter') ?? 'all';
  const fits = Object.hasOwn(FILTERS, filter) ? FILTERS[filter]! : undefined;
  if (fits === undefined) throw new ShoalError('bad-argument', `there is no filter "${filter}"`);
  const isPrivate = form.flag('private');
  const chosen = form.text('hashes') === undefined ? roster.all : sharesOf(roster, form);
  const rows = chosen
    .filter((entry) => category === undefined || categoryOf(roster, entry) === category)
    .filter((entry) => tag === undefined || hasTag(tagsOf(roster, entry), tag))
    .map((entry) => infoOf(roster, entry))
    .filter((row) => isPrivate === undefined || row.private === isPrivate)
    .filter((row) => fits(String(row.state), row));
  if (sort !== undefined) {
    const sign = form.flag('reverse') === true ? -1 : 1;
    rows.sort((a, b) => ((a[sort] as number) < (b[sort] as number) ? -1 : 1) * sign);
  }
  // Negative: from the end.
  const offset = Math.trunc(form.number('offset') ?? 0);
  const from = offset < 0 ? Math.max(0, rows.length + offset) : offset;
  const most = Math.trunc(form.number('limit') ?? 0);
  return most > 0 ? rows.slice(from, from + most) : rows.slice(from);
}

/** The empty tag selects shares without tags. */
const hasTag = (tags: readonly string[], tag: string): boolean =>
  tag === '' ? tags.length === 0 : tags.includes(tag);
