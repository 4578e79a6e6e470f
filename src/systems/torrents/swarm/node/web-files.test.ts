// Files of a web server: how long is waited for it, and how many connections are kept.
import assert from 'node:assert/strict';
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type TestContext, test } from 'node:test';
import { createGeometry } from '../../../../../testkit/geometry.ts';
import { waitFor } from '../../../../../testkit/wait.ts';
import { systemClock } from '../../../../ground/node/clock.ts';
import { httpFetch } from '../../../../net/link/node/fetch.ts';
import { WebFiles } from './web-files.ts';

const ports = { clock: systemClock, fetch: httpFetch };

const FILE_BYTES = 4 * 1024 * 1024;

/** Listens on all addresses of the loopback network. */
async function serve(t: TestContext, listener: RequestListener) {
  const server = createServer({ keepAliveTimeout: 0 }, listener);
  await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

test('time in which the body is not read does not count as silence of the server', async (t) => {
  const { port } = await serve(t, (_, response) => {
    response.writeHead(200, { 'content-length': FILE_BYTES }).end(Buffer.alloc(FILE_BYTES));
  });
  const url = `http://127.0.0.1:${port}/`;
  const files = new WebFiles({
    ...ports,
    url,
    geometry: createGeometry([FILE_BYTES], { pieceLength: 65_536 }),
    userAgent: 'test',
    reach: 'anywhere',
  });
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let read = 0;
  for await (const part of files.readWhole(0)) {
    if (read === 0) t.mock.timers.tick(3_600_000);
    read += part.length;
  }
  assert.equal(read, FILE_BYTES);
  files.close();
});

test('files on a hundred hosts leave a few connections', {
  skip: process.platform !== 'linux',
}, async (t) => {
  const count = 100;
  const { server, port } = await serve(t, (request, response) => {
    const { host } = request.headers;
    const file = Number(/f(\d+)$/.exec(request.url!)?.[1]);
    if (host!.startsWith('127.0.0.1:'))
      response.writeHead(302, { location: `http://127.0.1.${file + 1}:${port}/f${file}` }).end();
    else response.end('x');
  });
  const url = `http://127.0.0.1:${port}/`;
  const files = new WebFiles({
    ...ports,
    url,
    geometry: createGeometry(Array<number>(count).fill(1), { pieceLength: 65_536 }),
    userAgent: 'test',
    reach: 'anywhere',
  });
  for (let file = 0; file < count; file++) await files.readRange(file, 0, 1);
  const connections = (): Promise<number> =>
    new Promise((resolve) => server.getConnections((_, n) => resolve(n)));
  let open = count;
  await waitFor(
    async () => {
      open = await connections();
      return open <= 8;
    },
    'the end of the other connections',
    { waitMs: 60_000, explain: () => `${open} are open` },
  );
  files.close();
});
