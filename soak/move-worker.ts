/** Fetches a share and moves it at once: what `kills.ts` kills in the middle. Prints a line when the move begins. */
import { createAddress } from '../src/ground/address.ts';
import { createPeer } from '../src/systems/torrents/share/peer.ts';

const [torrent, from, to, stateDir, port] = process.argv.slice(2) as [string, string, string, string, string];
const peer = await createPeer({ stateDir, port: 0, host: '127.0.0.1', dht: false, lsd: false });
const share = await peer.get(torrent, {
  outputDir: from,
  peers: [createAddress('127.0.0.1', Number(port))!],
});
while (share.status().doneBytes < share.status().totalBytes / 3)
  await new Promise((resolve) => setTimeout(resolve, 10));
console.log('moving');
await share.moveTo(to);
await share.done;
