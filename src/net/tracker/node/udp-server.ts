/**
 * The UDP socket of a tracker: hands packets to the machine, and sends its answers from where the machine wrote them.
 */
import { createSocket, type Socket } from 'node:dgram';
import { lookup } from 'node:dns';
import { MAX_HOST_BYTES, readHost } from '../../../ground/host-bytes.ts';
import { UDP_ANSWER_BYTES, type UdpTracker } from '../core/udp-tracker.ts';

/** Bursts wait in the kernel rather than being lost. */
const BUFFER_BYTES = 1 << 20;

/** @returns how to close it; undefined on a machine without that family */
export async function listenUdp(
  tracker: UdpTracker,
  family: 4 | 6,
  port: number,
  host: string | undefined,
): Promise<(() => Promise<void>) | undefined> {
  const socket = await bind(family, port, host);
  if (socket === undefined) return undefined;
  const from = new Uint8Array(MAX_HOST_BYTES);
  const hosts = [from.subarray(0, 4), from.subarray(0, 16)] as const;
  let answers = new AnswerBuffer();
  socket.on('message', (packet, { address, port: sender }) => {
    const length = readHost(address, from);
    if (length === 0) return;
    const host = hosts[length === 4 ? 0 : 1];
    const size = tracker.handle(performance.now(), packet, host, sender, answers.bytes);
    if (size === 0) return;
    socket.send(answers.view(size), sender, address);
    // The kernel had no room: the socket still needs the bytes.
    if (socket.getSendQueueCount() > 0) answers = new AnswerBuffer();
  });
  return () => new Promise((resolve) => socket.close(() => resolve()));
}

/** Where the machine writes, and what the socket takes: a view for each length, made once. */
class AnswerBuffer {
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(UDP_ANSWER_BYTES);
  readonly #views: Buffer[] = [];

  view(size: number): Buffer {
    return (this.#views[size] ??= this.bytes.subarray(0, size));
  }
}

function bind(family: 4 | 6, port: number, host: string | undefined): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    let isBound = false;
    const socket = createSocket({
      type: family === 4 ? 'udp4' : 'udp6',
      ipv6Only: family === 6,
      recvBufferSize: BUFFER_BYTES,
      sendBufferSize: BUFFER_BYTES,
      // Senders are addresses already; Node's own lookup would put each answer off by a turn of the loop.
      lookup: (name, options, callback) =>
        isBound ? callback(null, name, family) : lookup(name, options, callback),
    });
    socket.once('error', (error) => {
      socket.close();
      const { code } = error as { code?: string };
      if (code === 'EAFNOSUPPORT' || code === 'EADDRNOTAVAIL') resolve(undefined);
      else reject(error);
    });
    socket.bind({ port, ...(host === undefined ? {} : { address: host }) }, () => {
      isBound = true;
      socket.removeAllListeners('error');
      socket.on('error', () => {});
      resolve(socket);
    });
  });
}
