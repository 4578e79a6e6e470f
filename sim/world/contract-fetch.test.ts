// The contract of fetches: one suite for HTTP on loopback and the simulated web.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { ShoalError } from '../../src/ground/errors.ts';
import type { Fetch, FetchRequest } from '../../src/ground/node/fetch.ts';
import { httpFetch } from '../../src/net/link/node/fetch.ts';
import { SimWeb } from './web.ts';
import { World } from './world.ts';

/** Web servers, and what fetches from them. */
interface WebPlace {
  readonly fetch: Fetch;
  /** Of a server with the files below. */
  readonly base: string;
  /** Of one that is not there. */
  readonly nobody: string;
  /** Lets time pass until the promise is kept. */
  settle<T>(promise: Promise<T>): Promise<T>;
  close(): Promise<void>;
}

const FILE: Uint8Array = Uint8Array.from({ length: 100_000 }, (_, i) => (i * 13) & 255);

async function realWeb(): Promise<WebPlace> {
  const server = createServer(({ url, headers }, response) => {
    if (url === '/moved') return response.writeHead(302, { location: '/file' }).end();
    if (url === '/link') return response.writeHead(302, { location: 'magnet:?xt=x' }).end();
    if (url !== '/file') return response.writeHead(404).end('no such file');
    const range = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '');
    if (range === null) return response.writeHead(200, { 'content-length': FILE.length }).end(FILE);
    const [from, to] = [Number(range[1]), Number(range[2])];
    return response
      .writeHead(206, { 'content-range': `bytes ${from}-${to}/${FILE.length}` })
      .end(FILE.subarray(from, to + 1));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return {
    fetch: httpFetch,
    base: `http://127.0.0.1:${port}`,
    nobody: 'http://127.0.0.1:1',
    settle: (promise) => promise,
    close: async () => {
      server.closeAllConnections();
      server.close();
    },
  };
}

async function simulatedWeb(): Promise<WebPlace> {
  const world = new World(1);
  const web = new SimWeb(world);
  const base = 'http://127.0.0.1:8080';
  const redirects = new Map([
    ['/moved', `${base}/file`],
    ['/link', 'magnet:?xt=x'],
  ]);
  web.sites.set('127.0.0.1:8080', { files: new Map([['/file', FILE]]), redirects, rate: 1e6, delayMs: 10 });
  return {
    fetch: web,
    base,
    nobody: 'http://127.0.0.1:1',
    settle: async (promise) => {
      let isOver = false;
      const over = promise.finally(() => (isOver = true));
      over.catch(() => {});
      await world.runAsync(world.now + 60_000, () => isOver);
      return over;
    },
    close: async () => {},
  };
}

async function readAll(body: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const part of body) parts.push(part);
  return Buffer.concat(parts);
}

const request: FetchRequest = { userAgent: 'test', reach: 'inside' };
const bounds = { maxConnections: 2, maxIdleHosts: 1 };

for (const [name, open] of [
  ['HTTP on loopback', realWeb],
  ['the simulated web', simulatedWeb],
] as const) {
  test(`${name}: a whole file, a part of one, and where it came from in the end`, async () => {
    const { fetch, base, settle, close } = await open();
    const session = fetch.openSession(bounds);
    const whole = await settle(session.open(`${base}/moved`, request));
    assert.deepEqual(
      [whole.status, whole.url, whole.isLocal, whole.headers['content-length'], whole.elsewhere],
      [200, `${base}/file`, true, `${FILE.length}`, undefined],
    );
    assert.deepEqual(new Uint8Array(await settle(readAll(whole.body))), FILE);
    const part = await settle(
      session.open(`${base}/file`, { ...request, headers: { range: 'bytes=1000-1999' } }),
    );
    assert.deepEqual([part.status, part.headers['content-range']], [206, 'bytes 1000-1999/100000']);
    assert.deepEqual(new Uint8Array(await settle(readAll(part.body))), FILE.subarray(1000, 2000));
    session.close();
    await close();
  });

  test(`${name}: a body that is given up is discarded, and makes room for the next`, async () => {
    const { fetch, base, settle, close } = await open();
    const session = fetch.openSession(bounds);
    for (let i = 0; i < 5; i++) {
      const missing = await settle(session.open(`${base}/missing`, request));
      assert.equal(missing.status, 404);
      missing.discard();
    }
    const link = await settle(session.open(`${base}/link`, request));
    assert.equal(link.elsewhere, 'magnet:?xt=x');
    link.discard();
    session.close();
    await close();
  });

  test(`${name}: refusals and interruptions are named`, async () => {
    const { fetch, base, nobody, settle, close } = await open();
    const session = fetch.openSession(bounds);
    const abort = new AbortController();
    const codeOf = (promise: Promise<unknown>): Promise<unknown> =>
      settle(
        promise.then(
          () => 'none',
          (error: unknown) => (error as ShoalError).code,
        ),
      );
    assert.equal(await codeOf(session.open(nobody, request)), 'fetch-failed');
    assert.equal(
      await codeOf(session.open(`${base}/file`, { ...request, reach: 'public' })),
      'private-address',
    );
    const interrupted = codeOf(session.open(`${base}/file`, { ...request, signal: abort.signal }));
    abort.abort();
    assert.equal(await interrupted, 'aborted');
    session.close();
    await close();
  });

  test(`${name}: the reader of a destroyed body gets the reason`, async () => {
    const { fetch, base, settle, close } = await open();
    const session = fetch.openSession(bounds);
    const { body } = await settle(session.open(`${base}/file`, request));
    const parts = body[Symbol.asyncIterator]();
    assert.equal((await settle(parts.next())).done, false);
    body.destroy(new Error('enough'));
    const rest = (async () => {
      while ((await parts.next()).done !== true);
    })();
    await assert.rejects(settle(rest), { message: 'enough' });
    session.close();
    await close();
  });
}
