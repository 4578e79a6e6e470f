/**
 * What Node's UDP sockets can do without a tracker behind them: answers every announce at once, with as many bytes as a tracker's
 * answer with `num_want` peers has. usage: tracker-echo.ts --host H --port P
 */
import { createSocket } from 'node:dgram';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: { host: { type: 'string', default: '127.0.0.1' }, port: { type: 'string' } },
});
const isV6 = values.host.includes(':');
const socket = createSocket({
  type: isV6 ? 'udp6' : 'udp4',
  recvBufferSize: 1 << 20,
  sendBufferSize: 1 << 20,
  lookup: (name, _, callback) => callback(null, name, isV6 ? 6 : 4),
});
socket.on('message', (packet, { address, port }) => {
  const action = packet[11]!;
  const length = action === 0 ? 16 : 20 + packet.readUInt32BE(92) * (isV6 ? 18 : 6);
  const answer = Buffer.allocUnsafe(length);
  answer.writeUInt32BE(action, 0);
  packet.copy(answer, 4, 12, 16);
  socket.send(answer, port, address);
});
socket.bind(Number(values.port), values.host, () => console.log(JSON.stringify({ event: 'ready' })));
