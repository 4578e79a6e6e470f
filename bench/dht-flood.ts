/**
 * A flood for one DHT node: keeps a window of queries outstanding from several sockets, counts answers for some seconds,
 * and prints one JSON line. Run as a process of its own, so that it shares nothing with the node but the machine.
 *
 * usage: dht-flood.ts --host H --port P --method ping|find_node|get_peers --seconds S
 */
import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';
import { KrpcWriter } from '../src/net/dht/wire/krpc-writer.ts';
import { createPrng } from '../src/ground/prng.ts';

const { values } = parseArgs({
  options: {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string' },
    method: { type: 'string', default: 'find_node' },
    seconds: { type: 'string', default: '5' },
    window: { type: 'string', default: '400' },
    sockets: { type: 'string', default: '4' },
  },
});
const prng = createPrng(1);
const writer = new KrpcWriter();
const port = Number(values.port);
const method = values.method as 'ping' | 'find_node' | 'get_peers';
/** Prepared: the generator must cost less than what it measures. Each socket is a node with an id of its own. */
const PREPARED = 2048;
const prepare = (): Buffer[] => {
  const id = prng.fill(new Uint8Array(20));
  return Array.from({ length: PREPARED }, (_, i) => {
    const target = prng.fill(new Uint8Array(20));
    const args = method === 'ping' ? {} : method === 'find_node' ? { target } : { infoHash: target };
    return Buffer.from(writer.query(method, i, id, false, args));
  });
};
let [answers, bytes, next] = [0, 0, 0];
let isOn = true;
const sockets = Array.from({ length: Number(values.sockets) }, () => {
  const socket = createSocket({
    type: 'udp4',
    recvBufferSize: 4 << 20,
    sendBufferSize: 4 << 20,
    lookup: (name, _, callback) => callback(null, name, 4),
  });
  const packets = prepare();
  const send = (): void => {
    const packet = packets[next++ & (PREPARED - 1)]!;
    socket.send(packet, 0, packet.length, port, values.host);
  };
  socket.on('message', (message) => {
    answers++;
    bytes += message.length;
    if (isOn) send();
  });
  return { socket, send };
});
const perSocket = Math.ceil(Number(values.window) / sockets.length);
await new Promise<void>((resolve) =>
  sockets[0]!.socket.bind(0, values.host === '::1' ? '::1' : '127.0.0.1', () => resolve()),
);
for (const { send } of sockets) for (let i = 0; i < perSocket; i++) send();
// Lost packets would let the window run dry.
let before = 0;
const refill = setInterval(() => {
  if (answers === before) for (const { send } of sockets) for (let i = 0; i < perSocket / 4; i++) send();
  before = answers;
}, 50);
const WARM_MS = 1000;
await new Promise((resolve) => setTimeout(resolve, WARM_MS));
console.log(JSON.stringify({ event: 'started' }));
const [startAnswers, startBytes, started] = [answers, bytes, performance.now()];
await new Promise((resolve) => setTimeout(resolve, Number(values.seconds) * 1000));
const seconds = (performance.now() - started) / 1000;
isOn = false;
clearInterval(refill);
const counted = answers - startAnswers;
console.log(
  JSON.stringify({
    event: 'done',
    answers: counted,
    seconds,
    perSecond: counted / seconds,
    answerBytes: (bytes - startBytes) / Math.max(1, counted),
  }),
);
for (const { socket } of sockets) socket.close();
