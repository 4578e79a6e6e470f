// The account of a connection, as Linux lists it: both ends, established, held by somebody, ours with our own inode.
import assert from 'node:assert/strict';
import { readlinkSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { once } from 'node:events';
import { test } from 'node:test';
import { createOwnerLookup, endOf, findOwners, ownAccount } from './socket-owner.ts';

const HEADER =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode';

interface Row {
  readonly local: string;
  readonly remote: string;
  readonly state?: string;
  readonly uid?: number;
  readonly inode?: number;
}
/** As the kernel of Linux 6.1 writes a row. */
const table = (...rows: readonly Row[]): string =>
  [
    HEADER,
    ...rows.map(
      ({ local, remote, state = '01', uid = 1000, inode = 7 }, n) =>
        `${`${n}`.padStart(4)}: ${local} ${remote} ${state} 00000000:00000000 02:000A7A51 00000000 ${`${uid}`.padStart(5)}        0 ${inode} 2 0000000000000000 20 4 30 10 -1`,
    ),
    '',
  ].join('\n');

// 127.0.0.1:40000 asks 127.0.0.1:9091.
const CLIENT = '0100007F:9C40';
const SERVER = '0100007F:2383';
const ENDS = { client: endOf('127.0.0.1', 40_000)!, server: endOf('127.0.0.1', 9091)!, inode: '9' };
const client: Row = { local: CLIENT, remote: SERVER };
const server: Row = { local: SERVER, remote: CLIENT, uid: 500, inode: 9 };
const find = (...tables: string[]): number | undefined => findOwners(tables, [ENDS], true).get(ENDS);

test('both ends are there: the uid is that of the client', () => {
  assert.equal(find(table(client, server), ''), 1000);
  assert.equal(find(table({ ...client, uid: 0 }, server)), 0);
  // A server that listens on both families lists its end in tcp6, as IPv4 in IPv6.
  const mapped = (end: string): string => `0000000000000000FFFF0000${end}`;
  assert.equal(
    find(table(client), table({ ...server, local: mapped(SERVER), remote: mapped(CLIENT) })),
    1000,
  );
  assert.equal(endOf('::ffff:127.0.0.1', 40_000), ENDS.client);
});

test('IPv6, and a machine with the other order of bytes', () => {
  const [local, remote] = ['00000000000000000000000001000000:9C40', '00000000000000000000000001000000:2383'];
  const ends = { client: endOf('::1', 40_000)!, server: endOf('::1', 9091)!, inode: '9' };
  const rows = table({ local, remote }, { local: remote, remote: local, inode: 9 });
  assert.equal(findOwners(['', rows], [ends], true).get(ends), 1000);
  const big = table(
    { local: '7F000001:9C40', remote: '7F000001:2383' },
    {
      local: '7F000001:2383',
      remote: '7F000001:9C40',
      inode: 9,
    },
  );
  assert.equal(findOwners([big], [ENDS], false).get(ENDS), 1000);
});

test('in doubt it is nobody', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['the client is gone', table(server)],
    ['ours is gone', table(client)],
    ['our socket is another one by now', table(client, { ...server, inode: 10 })],
    ['the client has closed', table({ ...client, state: '05' }, server)],
    ['nobody holds it, and the kernel says uid 0', table({ ...client, uid: 0, inode: 0 }, server)],
    ['time-wait', table({ ...client, state: '06', uid: 0, inode: 0 }, server)],
    ['two that claim to be it', table(client, { ...client, uid: 0 }, server)],
    ['another port', table({ ...client, local: '0100007F:9C41' }, server)],
    ['nonsense', `${HEADER}\n   0: x y z\n${'1 '.repeat(20)}\n`],
    ['nothing', ''],
  ];
  for (const [what, text] of cases) assert.equal(find(text), undefined, what);
});

test('a real connection of this process, over both families; many at once', async (t) => {
  const own = ownAccount();
  if (own === undefined) return t.skip('the system does not tell accounts apart');
  for (const [host, target] of [
    ['127.0.0.1', '127.0.0.1'],
    ['::', '127.0.0.1'],
    ['::1', '::1'],
  ] as const) {
    const accepted: Socket[] = [];
    const listener = createServer((socket) => accepted.push(socket)).listen(0, host);
    const isListening = await once(listener, 'listening').then(
      () => true,
      () => false,
    );
    if (!isListening) {
      t.diagnostic(`this machine has no ${host}`);
      continue;
    }
    const { port } = listener.address() as AddressInfo;
    const clients = Array.from({ length: 20 }, () => connect(port, target));
    await Promise.all(clients.map((socket) => once(socket, 'connect')));
    while (accepted.length < clients.length) await once(listener, 'connection');
    const ownerOf = createOwnerLookup();
    const owners = await Promise.all(accepted.map((socket) => ownerOf(socket)));
    assert.deepEqual(new Set(owners), new Set([own]), `${target} at ${host}`);
    // One that has gone has no owner, and one that was known keeps it.
    const fresh = createOwnerLookup();
    clients[0]!.destroy();
    await once(accepted[0]!.resume(), 'close');
    assert.equal(await fresh(accepted[0]!), undefined);
    assert.equal(await ownerOf(accepted[1]!), own);
    for (const socket of clients) socket.destroy();
    listener.close();
  }
});

test('one reading is no proof: the client may have left its port to another account while it was read', async (t) => {
  if (process.platform !== 'linux') return t.skip('only Linux has the tables');
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  const asking = connect(port, '127.0.0.1');
  const [accepted] = await Promise.all([
    once(listener, 'connection').then(([socket]) => socket as Socket),
    once(asking, 'connect'),
  ]);
  t.after(() => {
    asking.destroy();
    accepted.destroy();
    listener.close();
  });
  const hex = (number: number): string => number.toString(16).toUpperCase().padStart(4, '0');
  const [local, remote] = [`0100007F:${hex(port)}`, `0100007F:${hex(accepted.remotePort!)}`];
  const { fd } = (accepted as unknown as { _handle: { fd: number } })._handle;
  const inode = Number(/\d+/.exec(readlinkSync(`/proc/self/fd/${fd}`))![0]);
  const ours: Row = { local, remote, inode };
  const theirs = (uid: number): Row => ({ local: remote, remote: local, uid });
  const lookUp = (...readings: readonly string[]): Promise<number | undefined> => {
    const left = [...readings];
    return createOwnerLookup(async () => [left.shift() ?? ''])(accepted);
  };
  // Ours is gone in the second reading: the row of 1000 may be that of the connection that came next.
  const next: Row = { ...ours, inode: inode + 1 };
  assert.equal(await lookUp(table(ours, theirs(1000)), table(next, theirs(1000))), undefined);
  assert.equal(await lookUp(table(ours, theirs(1000)), table(ours, theirs(1000))), 1000);
  // A row that the kernel skipped is looked for again.
  assert.equal(await lookUp('', table(ours, theirs(7)), table(ours, theirs(7))), 7);
});
