/**
 * Peers that only take: `node bench/drain.ts PORT INFOHASH CONNECTIONS BLOCKS` connects, asks for the first BLOCKS blocks
 * of 16 KiB on each connection, throws them away, and prints the seconds from the first to the last byte. It speaks
 * BEP 3 and as much of BEP 6 as libtorrent wants, and costs as little as a receiver can.
 */
import { connect } from 'node:net';

const BLOCK = 16_384;
const [port, infoHash, connections, blocks, pieceLength] = [
  Number(process.argv[2]),
  Buffer.from(process.argv[3]!, 'hex'),
  Number(process.argv[4]),
  Number(process.argv[5]),
  Number(process.argv[6]),
];
const QUEUE = 250;
const [CHOKE, UNCHOKE, PIECE, REJECT] = [0, 1, 7, 16];
const buffer = new Uint8Array(64 * 1024);
const view = new DataView(buffer.buffer);
let startedAt = 0;
let open = connections;

for (let i = 0; i < connections; i++) take(i);

function take(index: number): void {
  let [asked, got, owed, skip, isUnchoked] = [0, 0, 0, 68, false];
  /** Refused when we were choked: asked for again. */
  const again: number[] = [];
  const head = Buffer.alloc(17);
  let headLength = 0;
  const ask = (): void => {
    const left = blocks - asked + again.length;
    const count = Math.min(left, QUEUE - owed);
    if (!isUnchoked || count === 0 || (count < QUEUE / 4 && count < left)) return;
    const message = Buffer.alloc(17 * count);
    for (let n = 0; n < count; n++) {
      const at = (again.pop() ?? asked++) * BLOCK;
      message.writeUInt32BE(13, 17 * n);
      message[17 * n + 4] = 6;
      message.writeUInt32BE(Math.floor(at / pieceLength), 17 * n + 5);
      message.writeUInt32BE(at % pieceLength, 17 * n + 9);
      message.writeUInt32BE(BLOCK, 17 * n + 13);
    }
    owed += count;
    socket.write(message);
  };
  const onMessage = (id: number): void => {
    if (id === UNCHOKE) isUnchoked = true;
    else if (id === CHOKE) isUnchoked = false;
    else if (id === REJECT) {
      owed--;
      again.push((head.readUInt32BE(5) * pieceLength + head.readUInt32BE(9)) / BLOCK);
    } else if (id === PIECE) {
      if (startedAt === 0) startedAt = performance.now();
      got++;
      owed--;
    }
  };
  const callback = (count: number): boolean => {
    for (let at = 0; at < count; ) {
      if (skip > 0) {
        const step = Math.min(skip, count - at);
        skip -= step;
        at += step;
        continue;
      }
      head[headLength++] = view.getUint8(at++);
      if (headLength === 4 && head.readUInt32BE(0) === 0) headLength = 0;
      const needed = head[4] === REJECT && headLength >= 5 ? 17 : 5;
      if (headLength < needed) continue;
      skip = head.readUInt32BE(0) + 4 - headLength;
      headLength = 0;
      onMessage(head[4]!);
    }
    ask();
    if (got === blocks && skip === 0) socket.destroy();
    return true;
  };
  // Each connection from an address of its own: some programs take one an address.
  const localAddress = `127.0.${1 + (index >> 7)}.${1 + (index & 127)}`;
  const socket = connect({
    port,
    host: '127.0.0.1',
    localAddress,
    noDelay: true,
    onread: { buffer, callback },
  });
  socket.once('connect', () => {
    const peerId = Buffer.from(`-DR0001-${String(index).padStart(12, '0')}`);
    const reserved = Buffer.from([0, 0, 0, 0, 0, 0, 0, 4]);
    socket.write(Buffer.concat([Buffer.from('\x13BitTorrent protocol'), reserved, infoHash, peerId]));
    // HAVE NONE, INTERESTED.
    socket.write(Buffer.from([0, 0, 0, 1, 15, 0, 0, 0, 1, 2]));
  });
  socket.once('error', (error) => console.log(JSON.stringify({ event: 'failed', message: error.message })));
  socket.once('close', () => {
    if (got < blocks)
      console.log(JSON.stringify({ event: 'failed', message: `connection ${index}: ${got} of ${blocks}` }));
    if (--open === 0)
      console.log(JSON.stringify({ event: 'done', seconds: (performance.now() - startedAt) / 1000 }));
  });
}
