/** What can be asked about shares: `torrents/*` that change nothing, and `sync/*`. */
import { ShoalError } from '../../../ground/errors.ts';
import { toHex } from '../../../ground/bytes.ts';
import { Geometry, v1PieceHash, v2PieceHash } from '../../../data/content/geometry.ts';
import type { Held } from '../roster/held.ts';
import type { Session } from '../roster/session.ts';
import { type Form, shareOf, sharesOf } from './form.ts';
import type { Endpoints } from './endpoints.ts';
import { maindata } from './server-state.ts';
import { categoryOf, filesOf, infoOf, peersOf, propertiesOf, tagsOf, trackersOf } from './torrents.ts';

export function addReads({ read, respond }: Endpoints, session: Session): void {
  const one = (path: string, tell: (held: Held) => unknown): void =>
    read(path, (form) => tell(shareOf(session, form)));
  read('torrents/info', (form) => listTorrents(session, form));
  read('torrents/count', () => `${session.all.length}`);
  one('torrents/properties', (held) => propertiesOf(session, held));
  one('torrents/trackers', (held) => trackersOf(session, held));
  one('torrents/webseeds', (held) => (held.metainfo?.webSeeds ?? []).map((url) => ({ url })));
  read('torrents/files', (form) => filesOf(shareOf(session, form), indexesIn(form)));
  one('torrents/pieceStates', (held) => {
    const pieces = held.pieces();
    return Array.from({ length: pieces?.length ?? 0 }, (_, piece) => (pieces!.has(piece) ? HERE : ABSENT));
  });
  one('torrents/pieceAvailability', (held) => {
    const availabilityOf = held.share?.availability;
    return Array.from({ length: held.pieces()?.length ?? 0 }, (_, piece) => availabilityOf?.(piece) ?? 0);
  });
  one('torrents/pieceHashes', pieceHashesOf);
  for (const which of ['download', 'upload'] as const)
    read(`torrents/${which}Limit`, (form) =>
      Object.fromEntries(
        sharesOf(session, form).map(({ entry }) => [
          entry.key.slice(0, 40),
          entry.wishes[`${which}Limit`] ?? NO_LIMIT,
        ]),
      ),
    );
  read('sync/maindata', (form) => maindata(session, form.number('rid') ?? 0));
  read('sync/torrentPeers', (form) => peersOf(shareOf(session, form), form.number('rid') ?? 0));
  addExport(respond, session);
}

/** In `pieceStates`. */
const [ABSENT, HERE] = [0, 2];
const NO_LIMIT = -1;

function addExport(respond: Endpoints['respond'], session: Session): void {
  respond('torrents/export', (form, reply) => {
    const held = shareOf(session, form);
    const bytes = session.peer.state.torrents.read(held.entry.key);
    if (bytes === undefined) throw notKnown(held);
    return reply.type('application/x-bittorrent').send(Buffer.from(bytes));
  });
}

const notKnown = (held: Held): ShoalError =>
  new ShoalError('unsupported', `"${held.name}": what is in it is not known yet`);

function indexesIn(form: Form): ReadonlySet<number> | undefined {
  return form.text('indexes') === undefined ? undefined : new Set(form.list('indexes', '|').map(Number));
}

/** Of v1; where there are none, of v2. */
function pieceHashesOf(held: Held): string[] {
  const { metainfo } = held;
  if (metainfo === undefined) throw notKnown(held);
  const geometry = new Geometry(metainfo.info);
  return Array.from({ length: geometry.pieceCount }, (_, piece) => {
    const hash = v1PieceHash(metainfo, piece) ?? v2PieceHash(metainfo, geometry, piece);
    if (hash === undefined) throw notKnown(held);
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

function listTorrents(session: Session, form: Form): unknown[] {
  const [category, tag, sort] = [form.get('category'), form.get('tag'), form.text('sort')];
  const filter = form.text('filter') ?? 'all';
  const fits = Object.hasOwn(FILTERS, filter) ? FILTERS[filter]! : undefined;
  if (fits === undefined) throw new ShoalError('bad-argument', `there is no filter "${filter}"`);
  const isPrivate = form.flag('private');
  const chosen = form.text('hashes') === undefined ? session.all : sharesOf(session, form);
  const rows = chosen
    .filter((held) => category === undefined || categoryOf(session, held) === category)
    .filter((held) => tag === undefined || hasTag(tagsOf(session, held), tag))
    .map((held) => infoOf(session, held))
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

/** The empty tag: those that have none. */
const hasTag = (tags: readonly string[], tag: string): boolean =>
  tag === '' ? tags.length === 0 : tags.includes(tag);
