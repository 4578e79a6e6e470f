/**
 * One peer with many shares, as a program would use the published library: `node bench/idle-peer.mjs STATE DIR COUNT`
 * seeds DIR/0.torrent … from DIR, prints `ready` with the seconds since the process began, and stays until its input ends.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { createPeer, decodeMetainfo, nodeHasher } from '../dist/index.js';

const [stateDir, dir, count] = process.argv.slice(2);
const AHEAD = 16;

// As the command line does.
setFlagsFromString('--semi-space-growth-factor=1');

const peer = await createPeer({
  port: 0,
  host: '127.0.0.1',
  stateDir,
  dht: false,
  lsd: false,
  maxPeers: 4000,
});
let next = 0;
const lane = async () => {
  while (next < Number(count)) {
    const torrent = decodeMetainfo(readFileSync(join(dir, `${next++}.torrent`)), nodeHasher);
    await peer.seed(torrent.value, dir);
  }
};
await Promise.all(Array.from({ length: AHEAD }, lane));
console.log(JSON.stringify({ event: 'ready', port: peer.port, seconds: performance.now() / 1000 }));
process.stdin.resume();
process.stdin.once('end', async () => {
  await peer.close();
  process.exit(0);
});
