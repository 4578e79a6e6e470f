// The DHT's machines, each by itself: table, stores, tokens, amplification, what is dropped.
import assert from 'node:assert/strict';
import { generateKeyPairSync, sign } from 'node:crypto';
import { test } from 'node:test';
import { encodeBencode } from '../../../ground/bencode.ts';
import { FakeFilter } from '../../../../testkit/fake-filter.ts';
import { toHex } from '../../../ground/bytes.ts';
import { Endpoint } from '../../../ground/endpoint.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { createPrng } from '../../../ground/prng.ts';
import { nodeSignatures } from '../node/ed25519.ts';
import { signedBytes } from '../wire/items.ts';
import { decodeKrpc, KrpcMessage } from '../wire/krpc.ts';
import { KrpcWriter, type QueryArguments, type QueryMethod } from '../wire/krpc-writer.ts';
import { compareDistance, createNodeId, randomIdInBucket } from '../wire/node-id.ts';
import { DhtAnnouncer } from './announcer.ts';
import { DhtNode } from './dht-node.ts';
import { FairMap } from './fair-map.ts';
import { ItemStore } from './item-store.ts';
import { putItem } from './operations.ts';
import { PeerStore } from './peer-store.ts';
import { AMPLIFICATION } from './responder.ts';
import { K, QUESTIONABLE_MS, RoutingTable } from './routing-table.ts';
import { Tokens } from './tokens.ts';

const prng = createPrng(1);
const at = (host: string, port = 6881): Endpoint => Endpoint.from(host, port)!;
/** Hosts in different networks. */
const hostOf = (i: number): Endpoint => at(`${20 + (i % 50)}.${i >> 6}.${i & 63}.7`);
const boundId = (endpoint: Endpoint): Uint8Array => createNodeId(endpoint.hostBytes, prng);

test('the table keeps K contacts a bucket, the rest as replacements, and finds the nearest in order', () => {
  const own = new Uint8Array(20);
  const table = new RoutingTable(own, 4);
  const ids: Uint8Array[] = [];
  for (let i = 0; i < 200; i++) {
    const id = boundId(hostOf(i));
    table.handleAnswer(i, id, hostOf(i));
    ids.push(id);
  }
  assert.equal(table.liveIn(0), K);
  const target = prng.fill(new Uint8Array(20));
  const found = table.closest(target, 8).map(({ id }) => id);
  assert.equal(found.length, 8);
  for (let i = 1; i < found.length; i++) assert.ok(compareDistance(target, found[i - 1]!, found[i]!) < 0);
  const { live, replacements } = table.counts(0);
  assert.ok(live > 20 && replacements > 10);
  assert.equal(table.closestInfos(target, 8).length, 8 * 26);
});

test('a contact that fails twice gives way to the freshest replacement; without one it stays a while', () => {
  const table = new RoutingTable(new Uint8Array(20), 4);
  const ids: Uint8Array[] = [];
  for (let i = 0; ids.length < K + 1; i++) {
    const id = boundId(hostOf(i));
    if (id[0]! < 128) continue;
    table.handleAnswer(ids.length, id, hostOf(i));
    ids.push(id);
  }
  const isLive = (id: Uint8Array): boolean =>
    table.closest(id, 1).some((contact) => compareDistance(id, contact.id, id) === 0);
  assert.equal(isLive(ids[K]!), false);
  table.handleFailure(ids[0]!);
  assert.equal(isLive(ids[0]!), true);
  table.handleFailure(ids[0]!);
  assert.equal(isLive(ids[0]!), false);
  assert.equal(isLive(ids[K]!), true);
});

test('one contact a host, two of a network in a bucket; local hosts are exempt', () => {
  const table = new RoutingTable(new Uint8Array(20), 4);
  const add = (host: string, port = 1): boolean => {
    const id = randomIdInBucket(table.ownId, 0, prng);
    return table.handleAnswer(0, id, at(host, port));
  };
  assert.equal(add('8.8.8.1'), true);
  assert.equal(add('8.8.8.1', 2), false);
  assert.equal(add('8.8.8.2'), true);
  assert.equal(add('8.8.8.3'), false);
  assert.equal(add('8.8.9.3'), true);
  for (let port = 1; port <= 5; port++) assert.equal(add('127.0.0.1', port), true);
});

test('ids that follow from their address push out those that do not (BEP 42)', () => {
  const table = new RoutingTable(new Uint8Array(20), 4);
  for (let i = 0; i < K; i++) table.handleAnswer(0, randomIdInBucket(table.ownId, 0, prng), hostOf(i));
  assert.equal(table.size, K);
  let [host, id] = [hostOf(100), boundId(hostOf(100))];
  for (let i = 100; id[0]! < 128; i++) [host, id] = [hostOf(i), boundId(hostOf(i))];
  assert.equal(table.wouldTake(id, host), true);
  assert.equal(table.handleAnswer(1, id, host), true);
  assert.equal(table.wouldTake(randomIdInBucket(table.ownId, 0, prng), hostOf(200)), false);
});

test('an id from another address takes over only when the old place is silent', () => {
  const table = new RoutingTable(new Uint8Array(20), 4);
  const id = randomIdInBucket(table.ownId, 0, prng);
  table.handleAnswer(0, id, at('8.8.8.8'));
  assert.equal(table.handleAnswer(1000, id, at('9.9.9.9')), false);
  assert.equal(table.handleQuery(1000, id, at('9.9.9.9')), false);
  assert.equal(table.handleAnswer(QUESTIONABLE_MS + 1, id, at('9.9.9.9')), true);
  assert.equal(table.closest(id, 1)[0]!.endpoint.host, '9.9.9.9');
});

test('a full map makes room at the cost of the source that holds most', () => {
  const map = new FairMap<number>(100, createPrng(3));
  for (let i = 0; i < 20; i++) map.set(`honest ${i}`, i, 1000 + i);
  for (let i = 0; i < 5000; i++) map.set(`flood ${i}`, i, 7);
  assert.equal(map.size, 100);
  assert.ok([...map.keys()].filter((key) => key.startsWith('honest')).length >= 19);
});

test('peers: bounded, of an age, a random stretch, seeds left out on demand', () => {
  const store = new PeerStore(4, createPrng(4), nodeHasher);
  const hash = new Uint8Array(20).fill(1);
  for (let i = 0; i < 1000; i++) store.add(0, hash, hostOf(i), 1000 + i, i % 2 === 0);
  assert.equal(store.peerCount, 400);
  assert.equal(store.pick(0, hash, 50, false)!.length, 50 * 8);
  const leechers = store.pick(0, hash, 400, true)!;
  assert.ok(leechers.length > 0 && leechers.length < 400 * 8);
  assert.equal(store.sample(5).length, 20);
  store.handleTick(3_600_000);
  assert.deepEqual([store.peerCount, store.hashCount], [0, 0]);
});

test('one network can not push the others out of a list of peers', () => {
  const store = new PeerStore(4, createPrng(4), nodeHasher);
  const hash = new Uint8Array(20).fill(1);
  for (let i = 0; i < 20; i++) store.add(0, hash, hostOf(i), 1, false);
  for (let i = 0; i < 5000; i++) store.add(1, hash, at(`9.9.9.${1 + (i % 250)}`, 1), 1 + i, false);
  const hosts = new Set(store.list(1, hash).map(({ host }) => host));
  for (let i = 0; i < 20; i++) assert.ok(hosts.has(hostOf(i).host));
});

test('items: hashes, signatures, sequence numbers, compare-and-swap, sizes (BEP 44)', () => {
  const store = new ItemStore(createPrng(5), nodeHasher, nodeSignatures);
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  const key = new Uint8Array(publicKey.export({ format: 'der', type: 'spki' }).subarray(12));
  const put = (sequence: number, text: string, more: Partial<KrpcMessage> = {}): number | undefined => {
    const value = encodeBencode(text);
    const signature = new Uint8Array(sign(null, signedBytes(more.salt, sequence, value), privateKey));
    const query = Object.assign(new KrpcMessage(), { value, key, signature, sequence, ...more });
    return store.put(0, query, 1)?.code;
  };
  assert.equal(put(1, 'one'), undefined);
  assert.equal(put(1, 'one'), undefined);
  assert.equal(put(1, 'other'), 302);
  assert.equal(put(0, 'older'), 302);
  assert.equal(put(3, 'three', { cas: 2 }), 301);
  assert.equal(put(3, 'three', { cas: 1 }), undefined);
  assert.equal(put(4, 'forged', { signature: new Uint8Array(64) }), 206);
  assert.equal(put(5, 'x'.repeat(1000)), 205);
  assert.equal(put(5, 'salted', { salt: new Uint8Array(65) }), 207);
  assert.equal(store.size, 1);
  const immutable = Object.assign(new KrpcMessage(), { value: encodeBencode('fixed') });
  assert.equal(store.put(0, immutable, 1), undefined);
  assert.ok(store.get(0, nodeHasher.sha1(encodeBencode('fixed'))) !== undefined);
  assert.equal(store.get(3 * 3_600_000, nodeHasher.sha1(encodeBencode('fixed'))), undefined);
});

test('tokens are bound to their host and last five to ten minutes', () => {
  const tokens = new Tokens(nodeHasher, createPrng(6));
  const host = at('8.8.8.8').hostBytes;
  const token = tokens.create(0, host);
  assert.equal(tokens.isValid(1, host, token), true);
  assert.equal(tokens.isValid(1, at('8.8.8.9').hostBytes, token), false);
  assert.equal(tokens.isValid(6 * 60_000, host, token), true);
  assert.equal(tokens.isValid(12 * 60_000, host, token), false);
  assert.equal(tokens.isValid(1, host, new Uint8Array(3)), false);
});

interface Lab {
  readonly node: DhtNode;
  readonly sent: { readonly packet: Uint8Array; readonly to: Endpoint }[];
  ask(from: Endpoint, method: QueryMethod, args: QueryArguments, id?: Uint8Array): Uint8Array[];
}

function lab(filter?: FakeFilter): Lab {
  const sent: { packet: Uint8Array; to: Endpoint }[] = [];
  const node = new DhtNode({
    sink: { send: (packet, to) => void sent.push({ packet: packet.slice(), to }), onIdentity: () => {} },
    prng: createPrng(7),
    secretPrng: createPrng(8),
    hasher: nodeHasher,
    signatures: nodeSignatures,
    family: 4,
    filter,
  });
  for (let i = 0; i < 60; i++) node.table.handleAnswer(0, boundId(hostOf(i)), hostOf(i));
  const writer = new KrpcWriter();
  return {
    node,
    sent,
    ask: (from, method, args, id = prng.fill(new Uint8Array(20))) => {
      sent.length = 0;
      node.handlePacket(1000, writer.query(method, 1, id, true, args), from);
      return sent.map(({ packet }) => packet);
    },
  };
}

test('to a stranger no answer is over four times its query, whatever is stored', () => {
  const { node, ask } = lab();
  const hash = new Uint8Array(20).fill(3);
  for (let i = 0; i < 400; i++) node.peers.add(0, hash, hostOf(i), 7, true);
  const value = encodeBencode('v'.repeat(900));
  node.items.keep(0, hash, { value, key: new Uint8Array(32), signature: new Uint8Array(64), sequence: 1 });
  const target = hash;
  const queries: readonly (readonly [QueryMethod, QueryArguments])[] = [
    ['ping', {}],
    ['find_node', { target, wants: 3 }],
    ['get_peers', { infoHash: hash }],
    ['get_peers', { infoHash: hash, wantsScrape: true }],
    ['get', { target }],
    ['sample_infohashes', { target }],
    ['announce_peer', { infoHash: hash, port: 1, token: target }],
    ['put', { value: encodeBencode('x'), token: target }],
  ];
  for (const [method, args] of queries) {
    const length = new KrpcWriter().query(method, 1, hash, true, args).length;
    for (const packet of ask(at('44.1.1.1'), method, args)) {
      assert.ok(packet.length <= AMPLIFICATION * length, `${method}: ${packet.length} for ${length}`);
      assert.ok(decodeKrpc(packet).ok);
    }
  }
});

test('a node that proved its address, or sent as many bytes, gets the whole answer', () => {
  const { node, ask } = lab();
  const hash = new Uint8Array(20).fill(3);
  const value = encodeBencode('v'.repeat(900));
  node.items.keep(0, hash, { value, key: undefined, signature: undefined, sequence: undefined });
  const foundIn = (packets: Uint8Array[]): Uint8Array | undefined => {
    const decoded = decodeKrpc(packets[0]!);
    return decoded.ok ? decoded.value.value : undefined;
  };
  const asker = at('44.1.1.1');
  assert.equal(foundIn(ask(asker, 'get', { target: hash })), undefined);
  assert.deepEqual(foundIn(ask(asker, 'get', { target: hash, padTo: 310 })), value);
  const first = decodeKrpc(ask(asker, 'get_peers', { infoHash: hash })[0]!);
  assert.ok(first.ok);
  ask(asker, 'announce_peer', { infoHash: hash, port: 9, token: first.value.token!.slice() });
  assert.deepEqual(foundIn(ask(asker, 'get', { target: hash })), value);
});

test('unasked answers, answers from elsewhere and of other ids are dropped; a read-only node is silent', () => {
  const { node, sent } = lab();
  const writer = new KrpcWriter();
  const [friend, stranger] = [at('50.0.0.1'), at('51.0.0.1')];
  const id = boundId(friend);
  const answer = (transaction: Uint8Array, as: Uint8Array): Uint8Array =>
    writer.response(transaction, friend.compact, { id: as }).slice();
  const size = node.table.size;
  node.handlePacket(0, answer(new Uint8Array(4), id), friend);
  assert.deepEqual([node.dropped, node.table.size], [1, size]);
  let outcome = '';
  node.rpc.query(
    0,
    'ping',
    friend,
    id,
    {},
    { onAnswer: () => (outcome = 'answer'), onFailure: () => (outcome = 'failure') },
  );
  const asked = decodeKrpc(sent.at(-1)!.packet);
  assert.ok(asked.ok);
  const transaction = asked.value.transaction.slice();
  node.handlePacket(1, answer(transaction, id), stranger);
  assert.equal(outcome, '');
  node.handlePacket(1, answer(transaction, new Uint8Array(20).fill(9)), friend);
  assert.equal(outcome, 'failure');

  const quiet: unknown[] = [];
  const reader = new DhtNode({
    ...node.options,
    isReadOnly: true,
    sink: { send: (packet) => quiet.push(packet), onIdentity: () => {} },
  });
  reader.handlePacket(0, writer.query('ping', 1, id, false, {}), friend);
  assert.equal(quiet.length, 0);
});

test('a put that reaches no node says so, and is kept here', () => {
  const { node } = lab();
  const empty = new DhtNode({ ...node.options, sink: { send: () => {}, onIdentity: () => {} } });
  const value = encodeBencode('alone');
  let stored = -1;
  putItem(empty, 0, { item: { value }, onDone: (_, result) => (stored = result.stored) });
  assert.equal(stored, 0);
  assert.ok(empty.items.get(0, nodeHasher.sha1(value)) !== undefined);
});

test('a node that is asked without end stays within its bounds', () => {
  const { node, ask } = lab();
  for (let i = 0; i < 20_000; i++) {
    const from = at(`${1 + (i % 200)}.${(i >> 8) & 255}.${i & 255}.9`);
    const first = decodeKrpc(
      ask(from, 'get_peers', { infoHash: prng.fill(new Uint8Array(20)) })[0] ?? new Uint8Array(0),
    );
    if (first.ok)
      ask(from, 'announce_peer', {
        infoHash: prng.fill(new Uint8Array(20)),
        port: 1,
        token: first.value.token!.slice(),
      });
  }
  assert.ok(node.peers.hashCount <= 4000);
  assert.ok(node.rpc.outstanding <= 64);
});

test('announces: at once, soon again while peers lack, then every quarter of an hour; a change is told when it comes', () => {
  const announcer = new DhtAnnouncer(createPrng(9));
  assert.equal(announcer.isDue(0), true);
  announcer.handleStarted();
  assert.equal(announcer.nextTimeout(), undefined);
  announcer.handleDone(0, true);
  assert.ok(announcer.nextTimeout()! > 4000 && announcer.nextTimeout()! < 6000);
  announcer.handleStarted();
  announcer.handleDone(10_000, false);
  assert.ok(announcer.nextTimeout()! > 11 * 60_000);
  announcer.hurry(20_000);
  assert.equal(announcer.isDue(20_000), true);
  announcer.handleStarted();
  announcer.hurry(20_100);
  announcer.handleDone(20_200, false);
  assert.ok(announcer.nextTimeout()! < 21_000);
});

test('a denied info hash is neither kept nor told, and others are', () => {
  const filter = new FakeFilter();
  const { node, ask } = lab(filter);
  const [denied, other] = [new Uint8Array(20).fill(3), new Uint8Array(20).fill(4)];
  const asker = at('44.1.1.1');
  const messageOf = (method: QueryMethod, args: QueryArguments): KrpcMessage => {
    const decoded = decodeKrpc(ask(asker, method, args)[0]!);
    assert.ok(decoded.ok);
    return decoded.value;
  };
  const announce = (infoHash: Uint8Array): string => {
    const token = messageOf('get_peers', { infoHash }).token!.slice();
    return messageOf('announce_peer', { infoHash, port: 9, token }).kind;
  };
  const tells = (infoHash: Uint8Array): boolean => messageOf('get_peers', { infoHash }).values !== undefined;
  assert.deepEqual([announce(denied), announce(other)], ['response', 'response']);
  assert.deepEqual([tells(denied), tells(other), node.peers.hashCount], [true, true, 2]);
  filter.deny(toHex(denied));
  assert.ok(!Buffer.from(messageOf('sample_infohashes', { target: denied }).samples!).includes(denied));
  assert.deepEqual([tells(denied), tells(other), node.peers.hashCount], [false, true, 1]);
  // Acknowledged as if it were kept: the sender learns nothing of the rules.
  assert.deepEqual([announce(denied), node.peers.hashCount, node.peers.peerCount], ['response', 1, 1]);
  assert.ok(messageOf('get_peers', { infoHash: denied }).nodes !== undefined);
});
