// What holds for the interfaces of a daemon together: a stuck disk.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ApiServer } from '../src/api/server.ts';
import { createPeer, type ShoalPeer } from '../src/peer/peer.ts';
import { Session } from '../src/session/session.ts';
import { Bench } from '../testkit/bench.ts';

const TOKEN = 'f'.repeat(32);

let bench: Bench;
let peer: ShoalPeer;
let session: Session;
let api: ApiServer;
before(async () => {
  bench = await Bench.open();
  const local = { host: '127.0.0.1', port: 0, dht: false, lsd: false } as const;
  peer = await createPeer({ ...local, stateDir: await bench.folder('state') });
  session = new Session(peer, { downloadDir: await bench.folder('files') });
  await session.start();
  const keySecret = { value: 'secret', renew: () => {} };
  api = await ApiServer.open({ session, port: 0, token: TOKEN, trustsAccount: false, keySecret });
});
after(async () => {
  await api?.close();
  await session?.close();
  await bench.close();
});

function ask(path: string, options: RequestInit = {}): Promise<Response> {
  const headers = { authorization: `Bearer ${TOKEN}`, ...(options.headers as Record<string, string>) };
  return fetch(api.url + path, { ...options, headers });
}

interface Answer {
  readonly result: string;
  readonly arguments: Readonly<Record<string, unknown>>;
}
/** @param body of a request to Transmission's RPC */
async function rpc(body: unknown): Promise<Answer> {
  const id = (await ask('transmission/rpc')).headers.get('x-transmission-session-id')!;
  const headers = { 'x-transmission-session-id': id };
  const answer = await ask('transmission/rpc', { method: 'POST', headers, body: JSON.stringify(body) });
  return (await answer.json()) as Answer;
}

test('the room on a disk is asked in the way that no stuck disk holds up', async () => {
  const asked: string[] = [];
  const { space } = session;
  const look = space.look.bind(space);
  space.look = async (folder) => {
    asked.push(folder);
    return undefined;
  };
  try {
    const { freeBytes } = (await (await ask('api/v1/status')).json()) as { freeBytes: unknown };
    const { arguments: shown } = await rpc({ method: 'session-get' });
    const { server_state: state } = (await (await ask('api/v2/sync/maindata')).json()) as {
      server_state: Readonly<Record<string, unknown>>;
    };
    const told = [freeBytes, shown['download-dir-free-space'], state.free_space_on_disk];
    assert.deepEqual(told, [null, -1, -1]);
    assert.deepEqual(asked, Array(3).fill(session.downloadDir));
  } finally {
    space.look = look;
  }
});
