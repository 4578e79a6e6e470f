/** The same as bench/dht-population.ts with npm bittorrent-dht. usage: dht-population.mjs --nodes=N */
import { randomBytes } from 'node:crypto';
import { createInterface } from 'node:readline';
import DHT from 'bittorrent-dht';

const count = Number(process.argv.find((arg) => arg.startsWith('--nodes='))?.slice(8) ?? 60);
const nodes = [];
for (let i = 0; i < count; i++) {
  const bootstrap = nodes.length === 0 ? false : [`127.0.0.1:${nodes[0].address().port}`];
  const dht = new DHT({ bootstrap });
  dht.on('error', () => {});
  await new Promise((resolve) => dht.listen(0, '127.0.0.1', resolve));
  if (i > 0) await new Promise((resolve) => (dht.ready ? resolve() : dht.once('ready', resolve)));
  nodes.push(dht);
}
await new Promise((resolve) => setTimeout(resolve, 3000));
console.log(JSON.stringify({ event: 'ready' }));
createInterface({ input: process.stdin })
  .on('line', async (line) => {
    const foundMs = [];
    const endMs = [];
    let missed = 0;
    for (let i = 0; i < JSON.parse(line).count; i++) {
      const infoHash = randomBytes(20);
      const owner = nodes[(i * 7) % nodes.length];
      const asker = nodes[(i * 13 + 5) % nodes.length];
      await new Promise((resolve) => owner.announce(infoHash, 1000 + i, resolve));
      const started = performance.now();
      let found;
      const onPeer = (_, hash) => {
        if (hash.equals(infoHash)) found ??= performance.now() - started;
      };
      asker.on('peer', onPeer);
      await new Promise((resolve) => asker.lookup(infoHash, resolve));
      asker.off('peer', onPeer);
      endMs.push(performance.now() - started);
      if (found === undefined) missed++;
      else foundMs.push(found);
    }
    console.log(JSON.stringify({ event: 'lookups', foundMs, endMs, missed }));
  })
  .on('close', () => process.exit(0));
