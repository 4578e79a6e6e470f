/** The page (`web/`), as it was built: files of ours, none of which a request names outside of the build. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance } from 'fastify';

/** From `src/http/` in a checkout and from `dist/http/` in the package. */
export const PAGE_FOLDER: string = join(import.meta.dirname, '..', '..', 'dist', 'web');

/** The page runs its own scripts only, speaks to us only, and stands in no other page. */
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
      // Names under `assets` have the hash of what is in them.
      const isFixed = path.includes(`${join(PAGE_FOLDER, 'assets')}`);
      reply.header('cache-control', isFixed ? 'private, max-age=31536000, immutable' : 'no-cache');
    },
  });
}
