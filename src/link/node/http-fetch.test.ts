// Fetches over HTTP: which connections are used again.
import assert from 'node:assert/strict';
import { Agent, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { type HttpOptions, openHttp } from './http-fetch.ts';

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
