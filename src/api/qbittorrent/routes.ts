/**
 * qBittorrent's Web API v2 (its wiki, "WebUI API (qBittorrent 4.1)"), as far as media managers, indexers and remote
 * controls call it: `/api/v2/...`. Requests are forms, answers texts or JSON. Asked for a name and a password, any name
 * and the token.
 */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ShoalError } from '../../ground/errors.ts';
import type { Held } from '../../session/held.ts';
import type { Session } from '../../session/session.ts';
import { tiersOf } from '../../session/wishes.ts';
import type { Access } from '../access.ts';
import type { ApiOptions } from '../options.ts';
import { addTorrents } from './add.ts';
import { setFilePriority } from './files.ts';
import { preferencesOf, setPreferences } from './preferences.ts';
import { maindata, transferInfo } from './server-state.ts';
import { categoryOf, filesOf, infoOf, peersOf, propertiesOf, tagsOf, trackersOf } from './torrents.ts';

/** What clients look at to know what they may call. */
const APP_VERSION = 'v4.6.7';
const API_VERSION = '2.9.3';
/** A form is small, unless torrents come with it. */
const MAX_FORM_BYTES = 64 * 1024 * 1024;

export type Form = ReadonlyMap<string, string>;
type Query = Readonly<Record<string, string | undefined>>;
type Act = (form: Form, request: FastifyRequest) => unknown;

const listOf = (text: string | undefined, separator: RegExp | string): string[] =>
  (text ?? '')
    .split(separator)
    .map((part) => part.trim())
    .filter((part) => part !== '');

/** `hashes=a|b` or `hashes=all`. */
function sharesOf(session: Session, hashes: string | undefined): Held[] {
  if (hashes === 'all') return [...session.all];
  return listOf(hashes, '|')
    .map((hash) => session.findByHash(hash))
    .filter((held) => held !== undefined);
}

function find(session: Session, hash: string | undefined): Held {
  const held = hash === undefined ? undefined : session.findByHash(hash);
  if (held === undefined) throw new ShoalError('not-found', `there is no torrent ${hash ?? ''}`);
  return held;
}

export async function addQbittorrent(
  server: FastifyInstance,
  options: ApiOptions,
  access: Access,
): Promise<void> {
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer', bodyLimit: MAX_FORM_BYTES }, (_, body, done) =>
    done(null, body),
  );
  addSignIn(server, access);
  const { session } = options;
  const get = (path: string, tell: (query: Query) => unknown): void => {
    server.get<{ Querystring: Query }>(`/api/v2/${path}`, async ({ query }, reply) =>
      reply.send(await tell(query)),
    );
  };
  const post = (path: string, act: Act): void => {
    server.post(`/api/v2/${path}`, async (request, reply) => {
      const answer = await act(await formOf(request), request);
      return reply.type('text/plain').send(typeof answer === 'string' ? answer : '');
    });
  };
  get('app/version', () => APP_VERSION);
  get('app/webapiVersion', () => API_VERSION);
  get('app/buildInfo', () => ({ qt: '', libtorrent: 'Shoal', boost: '', openssl: '', bitness: 64 }));
  get('app/defaultSavePath', () => session.downloadDir);
  get('app/preferences', () => preferencesOf(session));
  get('transfer/info', () => transferInfo(session));
  get('transfer/speedLimitsMode', () => (session.settings.isSlow ? '1' : '0'));
  get('transfer/downloadLimit', () => `${session.settings.downloadLimit ?? 0}`);
  get('transfer/uploadLimit', () => `${session.settings.uploadLimit ?? 0}`);
  get('sync/torrentPeers', ({ hash, rid }) => peersOf(find(session, hash), Number(rid ?? 0)));
  get('sync/maindata', ({ rid }) => maindata(session, Number(rid ?? 0)));
  get('torrents/info', (query) => listTorrents(session, query));
  get('torrents/properties', ({ hash }) => propertiesOf(session, find(session, hash)));
  get('torrents/trackers', ({ hash }) => trackersOf(find(session, hash)));
  get('torrents/webseeds', ({ hash }) =>
    (find(session, hash).metainfo?.webSeeds ?? []).map((url) => ({ url })),
  );
  get('torrents/files', ({ hash }) => filesOf(find(session, hash)));
  get('torrents/pieceStates', ({ hash }) => {
    const pieces = find(session, hash).pieces();
    return Array.from({ length: pieces?.length ?? 0 }, (_, piece) => (pieces!.has(piece) ? 2 : 0));
  });
  get('torrents/categories', () => categoriesOf(session));
  get('torrents/tags', () => [...new Set(session.all.flatMap((held) => tagsOf(session, held)))].sort());
  post('app/setPreferences', (form) => setPreferences(session, form.get('json') ?? '{}'));
  post('app/shutdown', () => void setImmediate(() => options.onClose?.()));
  post('transfer/toggleSpeedLimitsMode', () => session.configure({ isSlow: !session.settings.isSlow }));
  post('transfer/setDownloadLimit', (form) =>
    session.configure({ downloadLimit: limitOf(form.get('limit')) }),
  );
  post('transfer/setUploadLimit', (form) => session.configure({ uploadLimit: limitOf(form.get('limit')) }));
  server.post('/api/v2/torrents/add', async (request, reply) => {
    const isGood = await addTorrents(session, request.body as Buffer, request.headers['content-type'] ?? '');
    return reply.type('text/plain').send(isGood ? 'Ok.' : 'Fails.');
  });
  addActions(post, session);
  addTrackers(post, session);
  for (const which of ['download', 'upload'] as const)
    server.post(`/api/v2/torrents/${which}Limit`, async (request) => {
      const chosen = sharesOf(session, (await formOf(request)).get('hashes'));
      return Object.fromEntries(
        chosen.map(({ entry }) => [entry.key.slice(0, 40), entry.wishes[`${which}Limit`] ?? -1]),
      );
    });
  addCategories(post, session);
}

function addSignIn(server: FastifyInstance, access: Access): void {
  server.post('/api/v2/auth/login', async (request, reply) => {
    const wait = access.waitOf(request.ip);
    if (wait > 0) return reply.code(403).type('text/plain').send('Too many failed attempts.');
    const cookie = access.signIn((await formOf(request)).get('password') ?? '');
    if (cookie === undefined) {
      access.noteFailure(request.ip);
      return reply.type('text/plain').send('Fails.');
    }
    // Its cookie has this name and no age: clients look for the one and take the other for a date.
    const named = cookie.replace(/^[^=]*/, 'SID').replace(/; Max-Age=\d+/, '');
    return reply.header('set-cookie', named).type('text/plain').send('Ok.');
  });
  server.post('/api/v2/auth/logout', (request, reply) => {
    access.signOut(request.headers.cookie);
    return reply.header('set-cookie', 'SID=; Path=/; Max-Age=0').send('');
  });
}

async function formOf({ body, headers }: FastifyRequest): Promise<Form> {
  const type = headers['content-type'] ?? '';
  if (!(body instanceof Buffer)) return new Map();
  if (!type.startsWith('multipart/')) return new Map(new URLSearchParams(body.toString()));
  const form = await new Response(new Uint8Array(body), { headers: { 'content-type': type } })
    .formData()
    .catch(() => {
      throw new ShoalError('bad-argument', 'this is no form');
    });
  return new Map(
    [...form].flatMap(([name, value]) => (typeof value === 'string' ? [[name, value] as const] : [])),
  );
}

/** 0 or nothing for none. */
function limitOf(text: string | undefined): number | null {
  const limit = Number(text);
  return Number.isFinite(limit) && limit > 0 ? Math.max(1024, Math.round(limit)) : null;
}

const FILTERS: Readonly<Record<string, (state: string) => boolean>> = {
  downloading: (state) => /DL$|^downloading$/.test(state) && state !== 'pausedDL',
  seeding: (state) => /UP$|^uploading$/.test(state) && state !== 'pausedUP',
  completed: (state) => /UP$|^uploading$/.test(state),
  paused: (state) => state.startsWith('paused'),
  stopped: (state) => state.startsWith('paused'),
  resumed: (state) => !state.startsWith('paused'),
  running: (state) => !state.startsWith('paused'),
  active: (state) => state === 'downloading' || state === 'uploading',
  inactive: (state) => state !== 'downloading' && state !== 'uploading',
  stalled: (state) => state.startsWith('stalled'),
  errored: (state) => state === 'error',
};

function listTorrents(session: Session, query: Query): unknown[] {
  const { filter, category, tag, hashes, sort, reverse, limit, offset } = query;
  const chosen = hashes === undefined ? session.all : sharesOf(session, hashes);
  const fits = FILTERS[filter ?? ''] ?? (() => true);
  const rows = chosen
    .filter((held) => category === undefined || categoryOf(session, held) === category)
    .filter(
      (held) =>
        tag === undefined ||
        tagsOf(session, held).includes(tag) ||
        (tag === '' && tagsOf(session, held).length === 0),
    )
    .map((held) => infoOf(session, held))
    .filter(({ state }) => fits(String(state)));
  if (sort !== undefined)
    rows.sort((a, b) => ((a[sort] as number) < (b[sort] as number) ? -1 : 1) * (reverse === 'true' ? -1 : 1));
  const from = Math.max(0, Number(offset ?? 0) || 0);
  const most = Number(limit ?? 0) || 0;
  return most > 0 ? rows.slice(from, from + most) : rows.slice(from);
}

function addActions(post: (path: string, act: Act) => void, session: Session): void {
  const each = (path: string, act: (held: Held, form: Form) => unknown): void =>
    post(`torrents/${path}`, async (form) => {
      for (const held of sharesOf(session, form.get('hashes'))) await act(held, form);
    });
  for (const name of ['pause', 'stop']) each(name, (held) => session.pause(held));
  for (const name of ['resume', 'start']) each(name, (held) => session.resume(held));
  each('delete', (held, form) => session.remove(held, form.get('deleteFiles') === 'true'));
  each('recheck', (held) => session.verify(held));
  each('reannounce', ({ share }) => share?.reannounce());
  each('setLocation', (held, form) => session.move(held, form.get('location') ?? ''));
  each('setDownloadLimit', (held, form) =>
    session.change(held, { downloadLimit: limitOf(form.get('limit')) ?? undefined }),
  );
  each('setUploadLimit', (held, form) =>
    session.change(held, { uploadLimit: limitOf(form.get('limit')) ?? undefined }),
  );
  each('setForceStart', (held, form) => {
    if (form.get('value') === 'true') session.resume(held, true);
    else session.change(held, { isForced: false });
  });
  each('toggleSequentialDownload', (held) =>
    session.change(held, { isSequential: !held.entry.wishes.isSequential }),
  );
  each('setShareLimits', (held, form) => {
    const goal = (name: string): number | null | undefined => {
      const value = Number(form.get(name) ?? -2);
      return value === -2 ? undefined : value < 0 ? null : value;
    };
    session.change(held, { ratioGoal: goal('ratioLimit'), idleGoal: goal('inactiveSeedingTimeLimit') });
  });
  const place = (path: string, placeOf: (at: number, count: number) => number): void =>
    post(`torrents/${path}`, (form) => {
      const moved = sharesOf(session, form.get('hashes'));
      const { queue } = session;
      if (moved.length > 0)
        session.reorder(moved, Math.max(0, placeOf(queue.indexOf(moved[0]!), queue.length)));
    });
  place('topPrio', () => 0);
  place('bottomPrio', (_, count) => count);
  place('increasePrio', (at) => at - 1);
  place('decreasePrio', (at) => at + 1);
  post('torrents/filePrio', (form) => {
    const files = listOf(form.get('id'), '|').map(Number);
    return setFilePriority(session, find(session, form.get('hash')), files, Number(form.get('priority')));
  });
  post('torrents/renameFile', async (form) => {
    const held = find(session, form.get('hash'));
    const [from, to] = [form.get('oldPath') ?? '', form.get('newPath') ?? ''];
    const file = held.paths().findIndex((path) => path?.join('/') === from);
    if (file < 0) throw new ShoalError('bad-argument', `"${held.name}" has no ${from}`);
    if (held.share === undefined) throw new ShoalError('unsupported', `"${held.name}" does not run`);
    await held.share.renameFile(file, to.split('/').slice(1).join('/'));
  });
}

function addTrackers(post: (path: string, act: Act) => void, session: Session): void {
  const change = (path: string, next: (urls: readonly string[], form: Form) => readonly string[]): void =>
    post(`torrents/${path}`, (form) => {
      const held = find(session, form.get('hash'));
      const before = tiersOf(held);
      const urls = next(before.flat(), form);
      const kept = before.map((tier) => tier.filter((url) => urls.includes(url)));
      const known = new Set(kept.flat());
      const added = urls.filter((url) => !known.has(url)).map((url) => [requireTracker(url)]);
      session.change(held, { announce: [...kept.filter((tier) => tier.length > 0), ...added] });
    });
  change('addTrackers', (urls, form) => [...urls, ...listOf(form.get('urls'), /\s+/)]);
  change('removeTrackers', (urls, form) => {
    const gone = listOf(form.get('urls'), '|');
    return urls.filter((url) => !gone.includes(url));
  });
  change('editTracker', (urls, form) => {
    const [from, to] = [form.get('origUrl'), form.get('newUrl') ?? ''];
    return urls.map((url) => (url === from ? to : url));
  });
}

/** @throws ShoalError bad-argument */
function requireTracker(url: string): string {
  if (!/^(https?|udp):\/\/./i.test(url) || !URL.canParse(url))
    throw new ShoalError('bad-argument', `"${url}" is no address of a tracker`);
  return url;
}

function categoriesOf({ settings }: Session): object {
  const entries = Object.entries(settings.labels);
  return Object.fromEntries(entries.map(([name, { folder }]) => [name, { name, savePath: folder ?? '' }]));
}

function addCategories(post: (path: string, act: Act) => void, session: Session): void {
  const put = (form: Form): void => {
    const name = form.get('category') ?? '';
    if (name === '') throw new ShoalError('bad-argument', 'a category has a name');
    const folder = form.get('savePath') ?? '';
    const before = session.settings.labels[name] ?? {};
    session.configure({
      labels: { ...session.settings.labels, [name]: { ...before, folder: folder === '' ? null : folder } },
    });
  };
  post('torrents/createCategory', put);
  post('torrents/editCategory', put);
  post('torrents/removeCategories', (form) => {
    const gone = new Set(listOf(form.get('categories'), '\n'));
    const kept = Object.entries(session.settings.labels).filter(([name]) => !gone.has(name));
    session.configure({ labels: Object.fromEntries(kept) });
  });
  const relabel = (held: Held, change: (labels: readonly string[]) => readonly string[]): void =>
    session.change(held, { labels: [...new Set(change(held.entry.wishes.labels))] });
  post('torrents/setCategory', (form) => {
    const name = form.get('category') ?? '';
    if (name !== '' && session.settings.labels[name] === undefined)
      session.configure({ labels: { ...session.settings.labels, [name]: {} } });
    for (const held of sharesOf(session, form.get('hashes'))) {
      const before = categoryOf(session, held);
      relabel(held, (labels) => [
        ...(name === '' ? [] : [name]),
        ...labels.filter((label) => label !== before),
      ]);
    }
  });
  post('torrents/addTags', (form) => {
    const tags = listOf(form.get('tags'), ',');
    for (const held of sharesOf(session, form.get('hashes'))) relabel(held, (labels) => [...labels, ...tags]);
  });
  post('torrents/removeTags', (form) => {
    const tags = listOf(form.get('tags'), ',');
    for (const held of sharesOf(session, form.get('hashes')))
      relabel(held, (labels) => {
        const own = tags.length === 0 ? tagsOf(session, held) : tags;
        return labels.filter((label) => !own.includes(label));
      });
  });
  // Tags are there while a torrent has them.
  post('torrents/createTags', () => undefined);
  post('torrents/deleteTags', (form) => {
    const tags = listOf(form.get('tags'), ',');
    for (const held of session.all)
      relabel(held, (labels) => labels.filter((label) => !tags.includes(label)));
  });
}
