// Fetches over HTTP: the reuse of connections, and the messages for failed ones.
import assert from 'node:assert/strict';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { FakeFilter } from '../../../../testkit/fake-filter.ts';
import { describe, fetchHttp, type HttpOptions, openHttp } from './http-fetch.ts';

test('a connection into our own network is not used again by a fetch that may not go there', async (t) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    response.end('x');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const agent = new Agent({ keepAlive: true });
  t.after(() => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  // A name says nothing by itself: without a connection that is there, its lookup is what refuses.
  const url = `http://localhost:${(server.address() as AddressInfo).port}`;
  const options: HttpOptions = { userAgent: 'test', reach: 'inside', agent: () => agent };
  const freed = new Promise((resolve) => agent.once('free', resolve));
  (await openHttp(`${url}/first`, options)).message.resume();
  await freed;
  assert.equal(Object.keys(agent.freeSockets).length, 1, 'it is kept');
  await assert.rejects(openHttp(`${url}/second`, { ...options, reach: 'public' }), {
    code: 'private-address',
  });
  assert.deepEqual(asked, ['/first']);
});

test('an https address of a server without TLS is said to be so', async (t) => {
  const server = createServer((_, response) => response.end('x'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  await assert.rejects(fetchHttp(url, { userAgent: 'test', reach: 'inside', maxBytes: 1000 }), {
    code: 'fetch-failed',
    message: /^127\.0\.0\.1:\d+: it speaks no TLS there: try http:\/\//,
  });
});

test('faults of a certificate are told in plain words', () => {
  const said = (code: string, message = 'words of OpenSSL'): string =>
    describe(Object.assign(new Error(message), { code }));
  assert.match(said('CERT_HAS_EXPIRED'), /has expired/);
  assert.match(said('DEPTH_ZERO_SELF_SIGNED_CERT'), /self-signed/);
  assert.match(said('ERR_TLS_CERT_ALTNAME_INVALID'), /another host name/);
  assert.match(said('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), /does not know/);
  const alert =
    'write EPROTO 80AB:error:0A000410:SSL routines:ssl3_read_bytes:sslv3 alert handshake failure:a.c:1:';
  assert.equal(said('EPROTO', alert), 'no TLS connection can be made: sslv3 alert handshake failure');
});

test('denied addresses are not fetched from: as they are written, as a name, after a redirect, on a kept connection', async (t) => {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url!);
    if (request.url === '/on') response.writeHead(302, { location: `http://127.0.0.2:${port}/end` });
    response.end('x');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const agent = new Agent({ keepAlive: true });
  t.after(() => {
    agent.destroy();
    server.closeAllConnections();
    server.close();
  });
  const filter = new FakeFilter('127.0.0.2');
  const options = { userAgent: 'test', reach: 'inside', maxBytes: 100, filter } as const;
  assert.equal((await fetchHttp(`http://127.0.0.1:${port}/good`, options)).status, 200);
  assert.equal((await fetchHttp(`http://localhost:${port}/named`, options)).status, 200);
  const isDenied = { code: 'denied', message: /the rules deny .*: spam \(list "test"\)/ };
  await assert.rejects(fetchHttp(`http://127.0.0.1:${port}/on`, options), isDenied);
  const freed = new Promise((resolve) => agent.once('free', resolve));
  (await openHttp(`http://127.0.0.1:${port}/kept`, { ...options, agent: () => agent })).message.resume();
  await freed;
  filter.deny('127.0.0.1', '::1');
  for (const host of ['127.0.0.1', 'localhost'])
    await assert.rejects(fetchHttp(`http://${host}:${port}/bad`, options), isDenied);
  await assert.rejects(
    openHttp(`http://127.0.0.1:${port}/bad`, { ...options, agent: () => agent }),
    isDenied,
  );
  assert.deepEqual(asked, ['/good', '/named', '/on', '/kept']);
});

test('the version of an answer comes with it, and an answer that has not changed has no body', async (t) => {
  const server = createServer((request, response) => {
    response.setHeader('etag', '"v1"');
    if (request.headers['if-none-match'] === '"v1"') response.statusCode = 304;
    response.end(response.statusCode === 304 ? undefined : 'body');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const options = { userAgent: 'test', reach: 'inside', maxBytes: 100 } as const;
  const first = await fetchHttp(url, options);
  assert.deepEqual([first.status, first.etag, first.body.length], [200, '"v1"', 4]);
  const again = await fetchHttp(url, { ...options, headers: { 'if-none-match': first.etag! } });
  assert.deepEqual([again.status, again.body.length], [304, 0]);
});
