/**
 * Many Shoal DHT nodes in one process, on ports of their own, that begin with one node: neighbours for a node that is
 * measured, or a network to look things up in.
 *
 * usage: dht-population.ts --nodes N [--host H] [--start HOST:PORT]
 * Commands on standard input: {"cmd":"lookups","count"} → {"event":"lookups","foundMs":[…],"endMs":[…],"missed"}
 */
import { createInterface } from 'node:readline';
import { parseArgs } from 'node:util';
import { DhtService } from '../src/net/dht/node/service.ts';
import { parseHostPort } from '../src/ground/address.ts';
import { randomBytes } from '../src/ground/node/random.ts';
import { UdpPorts } from '../src/net/link/node/udp.ts';

const { values } = parseArgs({
  options: {
    nodes: { type: 'string', default: '60' },
    host: { type: 'string', default: '127.0.0.1' },
    start: { type: 'string' },
  },
});
const services: DhtService[] = [];
let first = values.start === undefined ? undefined : parseHostPort(values.start)!;
for (let i = 0; i < Number(values.nodes); i++) {
  const udp = await UdpPorts.open(0, values.host);
  const starts = first === undefined ? [] : [first];
  const service = new DhtService({ datagrams: udp.channel('dht'), routers: [], starts });
  service.start();
  first ??= { host: values.host, port: udp.portOf(4)! };
  services.push(service);
  if (i > 0) await service.waitUntilReady(2000);
}
await new Promise((resolve) => setTimeout(resolve, 3000));
console.log(JSON.stringify({ event: 'ready' }));

async function lookups(count: number): Promise<void> {
  const foundMs: number[] = [];
  const endMs: number[] = [];
  let missed = 0;
  for (let i = 0; i < count; i++) {
    const infoHash = randomBytes(20);
    const owner = services[(i * 7) % services.length]!;
    const asker = services[(i * 13 + 5) % services.length]!;
    await owner.announce(infoHash, { port: 1000 + i, isSeed: true, onPeers: () => {} });
    const started = performance.now();
    let found: number | undefined;
    await asker.findPeers(infoHash, { onPeers: () => (found ??= performance.now() - started) });
    endMs.push(performance.now() - started);
    if (found === undefined) missed++;
    else foundMs.push(found);
  }
  console.log(JSON.stringify({ event: 'lookups', foundMs, endMs, missed }));
}

createInterface({ input: process.stdin })
  .on('line', (line) => void lookups((JSON.parse(line) as { count: number }).count))
  .on('close', () => process.exit(0));
