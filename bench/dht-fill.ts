/**
 * Stores peers and items with one DHT node, as their owners would: asks for a token, then announces and puts.
 * usage: dht-fill.ts --port P [--peers N] [--items N]; prints {"event":"done","stored","refused"}
 */
import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';
import { decodeKrpc } from '../src/net/dht/wire/krpc.ts';
import { KrpcWriter, type QueryArguments, type QueryMethod } from '../src/net/dht/wire/krpc-writer.ts';
import { encodeBencode } from '../src/ground/bencode.ts';
import { nodeHasher } from '../src/ground/node/hasher.ts';
import { createPrng } from '../src/ground/prng.ts';

const { values } = parseArgs({
  options: {
    port: { type: 'string' },
    peers: { type: 'string', default: '10000' },
    items: { type: 'string', default: '1000' },
  },
});
const PEERS_PER_HASH = 10;
const prng = createPrng(1);
const id = prng.fill(new Uint8Array(20));
const writer = new KrpcWriter();
const socket = createSocket('udp4');
let [stored, refused] = [0, 0];
let onAnswer: (token: Uint8Array | undefined) => void = () => {};
socket.on('message', (packet) => {
  const decoded = decodeKrpc(packet);
  if (decoded.ok && decoded.value.kind === 'response') stored++;
  else refused++;
  onAnswer(decoded.ok ? decoded.value.token?.slice() : undefined);
});
function ask(method: QueryMethod, args: QueryArguments): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(undefined), 500);
    onAnswer = (token) => {
      clearTimeout(timer);
      resolve(token);
    };
    socket.send(
      Buffer.from(writer.query(method, prng.below(2 ** 32), id, true, args)),
      Number(values.port),
      '127.0.0.1',
    );
  });
}
// Tokens may be bound to what they are for: one is asked for each hash and each item, as any owner does.
let [storedBefore, done] = [0, 0];
for (let i = 0; i < Number(values.peers) / PEERS_PER_HASH; i++) {
  const infoHash = prng.fill(new Uint8Array(20));
  const token = await ask('get_peers', { infoHash });
  storedBefore = stored;
  for (let n = 0; n < PEERS_PER_HASH; n++)
    await ask('announce_peer', { infoHash, port: 1 + i * PEERS_PER_HASH + n, token });
  done += stored - storedBefore;
}
for (let i = 0; i < Number(values.items); i++) {
  const value = encodeBencode(prng.fill(new Uint8Array(500)));
  const token = await ask('get', { target: nodeHasher.sha1(value) });
  storedBefore = stored;
  await ask('put', { value, token });
  done += stored - storedBefore;
}
stored = done;
console.log(JSON.stringify({ event: 'done', stored, refused }));
socket.close();
