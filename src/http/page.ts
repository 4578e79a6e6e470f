/** Serves the built page (`web/`). A request reaches files of the build and no others. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** From `src/http/` in a checkout and from `dist/chunks/` in the package. */
export const PAGE_FOLDER: string = join(import.meta.dirname, '..', '..', 'dist', 'web');

/** The page runs its own scripts only, connects to this server only, and no other page may embed it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "media-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-src 'self'",
  "frame-ancestors 'none'",
].join('; ');

export const MISSING_PAGE = 'the page is not built yet: npm run build:page\n';

export function addPage(server: FastifyInstance): void {
  if (!existsSync(join(PAGE_FOLDER, 'index.html'))) {
    server.get('/', (_, reply) => reply.code(503).type('text/plain; charset=utf-8').send(MISSING_PAGE));
    return;
  }
  server.register(fastifyStatic, {
    root: PAGE_FOLDER,
    wildcard: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, path) => {
      reply.header('content-security-policy', POLICY);
      // Names below `assets` contain the hash of the content.
      const isFixed = path.includes(`${join(PAGE_FOLDER, 'assets')}`);
      reply.header('cache-control', isFixed ? 'private, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
