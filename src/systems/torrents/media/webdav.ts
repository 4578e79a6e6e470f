/**
 * `/webdav/`: the shares as a folder to mount (RFC 4918, class 1, read only), also before they are complete: reading a
 * file fetches the bytes that are read. Clients that begin at the root of the server find the folder there: `/` answers
 * OPTIONS and PROPFIND as a folder that contains `webdav`.
 */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { ShoalError } from '../../../ground/errors.ts';
import type { RosterEntry } from '../roster/entry.ts';
import type { Roster } from '../roster/roster.ts';
import type { ApiOptions } from '../api/options.ts';
import { prefixOf } from '../../../http/keys.ts';
import { serveFile } from './files.ts';
import { mediaTypeOf } from './types.ts';

const ROOT = 'webdav';
/** Methods that change something. */
const FORBIDDEN: readonly string[] = [
  'PUT',
  'DELETE',
  'PATCH',
  'POST',
  'MKCOL',
  'MOVE',
  'COPY',
  'LOCK',
  'UNLOCK',
  'PROPPATCH',
];
const ALLOWED = 'OPTIONS, GET, HEAD, PROPFIND';
/** The daemon ignores the body of a PROPFIND and sends every property. */
const MAX_BODY_BYTES = 64 * 1024;

interface FileNode {
  readonly kind: 'file';
  readonly name: string;
  readonly entry: RosterEntry;
  readonly file: number;
  readonly size: number;
}

interface FolderNode {
  readonly kind: 'folder';
  readonly name: string;
  readonly modified: Date;
  readonly children: () => readonly Node[];
}

type Node = FileNode | FolderNode;

/** Names in addresses; of shares with the same name, each gets its number. */
function rootOf(roster: Roster): FolderNode {
  const children = (): Node[] => {
    const known = roster.all.filter(({ fileCount }) => fileCount > 0);
    const counts = new Map<string, number>();
    for (const { name } of known) counts.set(name, (counts.get(name) ?? 0) + 1);
    return known.map((entry) => {
      const isAlone = counts.get(entry.name) === 1;
      return nodeOf(entry, isAlone ? entry.name : withNumber(entry.name, entry.stored.id));
    });
  };
  return { kind: 'folder', name: '', modified: roster.startedAt, children };
}

function withNumber(name: string, id: number): string {
  const dot = name.lastIndexOf('.');
  return dot > 0 ? `${name.slice(0, dot)} (${id})${name.slice(dot)}` : `${name} (${id})`;
}

/** The content of a share is read when a client opens it. */
function nodeOf(entry: RosterEntry, name: string): Node {
  const { metainfo } = entry;
  const modified = entry.stored.doneAt ?? entry.stored.addedAt;
  if (metainfo?.info.isSingleFile === true) {
    const file = metainfo.info.files.findIndex(({ isPad }) => !isPad);
    return { kind: 'file', name, entry, file, size: metainfo.info.files[file]!.lengthBytes };
  }
  const entries = [...entry.paths().entries()].flatMap(([file, path]) =>
    path === undefined ? [] : [{ file, path: path.slice(1) }],
  );
  return folderOf(entry, name, modified, entries);
}

interface Entry {
  readonly file: number;
  readonly path: readonly string[];
}

function folderOf(entry: RosterEntry, name: string, modified: Date, entries: readonly Entry[]): FolderNode {
  const children = (): Node[] => {
    const nodes: Node[] = [];
    const folders = Map.groupBy(
      entries.filter(({ path }) => path.length > 1),
      ({ path }) => path[0]!,
    );
    for (const [folder, inside] of folders) {
      const below = inside.map(({ file, path }) => ({ file, path: path.slice(1) }));
      nodes.push(folderOf(entry, folder, modified, below));
    }
    for (const { file, path } of entries) {
      if (path.length !== 1) continue;
      nodes.push({
        kind: 'file',
        name: path[0]!,
        entry,
        file,
        size: entry.metainfo!.info.files[file]!.lengthBytes,
      });
    }
    return nodes;
  };
  return { kind: 'folder', name, modified, children };
}

/** @throws ShoalError not-found */
function find(roster: Roster, parts: readonly string[]): Node {
  const shares = rootOf(roster);
  let node: Node = { ...shares, children: () => [{ ...shares, name: ROOT }] };
  for (const part of parts) {
    const next: Node | undefined =
      node.kind === 'folder' ? node.children().find(({ name }) => name === part) : undefined;
    if (next === undefined) throw new ShoalError('not-found', `there is no ${parts.join('/')}`);
    node = next;
  }
  return node;
}

export function addWebDav(server: FastifyInstance, { roster }: ApiOptions): void {
  for (const method of ['PROPFIND', ...FORBIDDEN])
    if (!server.supportedMethods.includes(method)) server.addHttpMethod(method, { hasBody: true });
  server.register(async (room) => {
    room.removeAllContentTypeParsers();
    room.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_BODY_BYTES }, (_, body, done) =>
      done(null, body),
    );
    const route = (
      method: string,
      url: string,
      handler: (request: Asked, reply: FastifyReply) => unknown,
    ): void => {
      room.route<{ Params: { '*'?: string } }>({ method, url, handler: handler as never });
    };
    for (const url of ['/', `/${ROOT}`, `/${ROOT}/*`]) {
      route('OPTIONS', url, (_, reply) =>
        reply.headers({ dav: '1', allow: ALLOWED, 'ms-author-via': 'DAV' }).send(),
      );
      route('PROPFIND', url, (request, reply) => propfind(roster, request, reply));
    }
    for (const url of [`/${ROOT}`, `/${ROOT}/*`]) {
      room.get<{ Params: { '*'?: string } }>(url, (request, reply) => read(roster, request, reply));
      for (const method of FORBIDDEN)
        route(method, url, (_, reply) =>
          reply
            .code(405)
            .header('allow', ALLOWED)
            .send({ code: 'refused', message: 'this folder is read-only' }),
        );
    }
  });
}

type Asked = FastifyRequest<{ Params: { '*'?: string } }>;

/** The path in the address, from the root of the server on. */
function partsOf(request: Asked): string[] {
  const below = request.params['*'];
  if (below === undefined) return request.url.startsWith(`/${ROOT}`) ? [ROOT] : [];
  return [ROOT, ...below.split('/').filter((part) => part !== '')];
}

function read(roster: Roster, request: Asked, reply: FastifyReply): unknown {
  const node = find(roster, partsOf(request));
  if (node.kind === 'file') return serveFile(roster, node.entry, node.file, request, reply);
  return reply.type('text/plain; charset=utf-8').send(
    node
      .children()
      .map(({ name, kind }) => `${name}${kind === 'folder' ? '/' : ''}\n`)
      .join(''),
  );
}

function propfind(roster: Roster, request: Asked, reply: FastifyReply): unknown {
  const { depth } = request.headers;
  // A server may refuse to list a whole tree at once (RFC 4918, 9.1).
  if (depth !== '0' && depth !== '1')
    return reply
      .code(403)
      .type('application/xml; charset=utf-8')
      .send('<?xml version="1.0"?><D:error xmlns:D="DAV:"><D:propfind-finite-depth/></D:error>');
  const own = partsOf(request);
  const node = find(roster, own);
  const prefix = prefixOf(request.raw);
  const responses = [describe(prefix, own, node)];
  if (depth === '1' && node.kind === 'folder')
    for (const child of node.children()) responses.push(describe(prefix, [...own, child.name], child));
  return reply
    .code(207)
    .type('application/xml; charset=utf-8')
    .send(
      `<?xml version="1.0" encoding="utf-8"?>\n<D:multistatus xmlns:D="DAV:">${responses.join('')}</D:multistatus>`,
    );
}

const escapeXml = (text: string): string =>
  text
    .replace(/[<>&"']/g, (char) => `&#${char.charCodeAt(0)};`)
    .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f]/g, '');

/** @param prefix the key of the request: clients expect addresses below their own */
function describe(prefix: string, parts: readonly string[], node: Node): string {
  const path = prefix + parts.map((part) => `/${encodeURIComponent(part)}`).join('');
  const href = node.kind === 'folder' ? `${path}/` : path;
  const modified =
    node.kind === 'folder' ? node.modified : (node.entry.stored.doneAt ?? node.entry.stored.addedAt);
  const own =
    node.kind === 'folder'
      ? '<D:resourcetype><D:collection/></D:resourcetype>'
      : `<D:resourcetype/><D:getcontentlength>${node.size}</D:getcontentlength><D:getcontenttype>${mediaTypeOf(node.name)?.type ?? 'application/octet-stream'}</D:getcontenttype><D:getetag>"${node.entry.stored.key}-${node.file}"</D:getetag>`;
  return `<D:response><D:href>${escapeXml(href)}</D:href><D:propstat><D:prop><D:displayname>${escapeXml(node.name)}</D:displayname><D:getlastmodified>${modified.toUTCString()}</D:getlastmodified>${own}</D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>`;
}
