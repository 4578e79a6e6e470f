// Runs one WebTorrent client over TCP for a test or a benchmark; prints JSON lines; stops at the end of its input.
// usage: webtorrent-peer.mjs seed TORRENT DIR PORT [SECURE] | get TORRENT-OR-MAGNET DIR PEER [SECURE]
// SECURE is its own level of encryption: 0 none (the default here), 1 with plaintext behind the handshake if asked, 2 RC4 only.
import { readFileSync } from 'node:fs';
import './webrtc-stub.mjs';

const { default: WebTorrent } = await import('webtorrent');

const [mode, link, dir, where, secure = '0'] = process.argv.slice(2);
const options = { dht: false, lsd: false, utp: false, natUpnp: false, natPmp: false, tracker: false, webSeeds: false, utPex: false, secure: Number(secure) };
const client = new WebTorrent(mode === 'seed' ? { ...options, torrentPort: Number(where) } : options);
const emit = (event, fields = {}) => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  console.log(JSON.stringify({ event, ...fields, cpuSeconds: (userCPUTime + systemCPUTime) / 1e6, peakMiB: maxRSS / 1024 }));
};
client.on('error', (error) => emit('error', { message: error.message }));
const id = link.startsWith('magnet:') ? link : readFileSync(link);
const started = performance.now();
let first;
client.add(id, { path: dir, skipVerify: mode === 'seed' }, (torrent) => {
  torrent.on('error', (error) => emit('error', { message: String(error) }));
  if (mode === 'seed') emit('ready', { port: client.torrentPort });
});
if (mode === 'get') {
  const [torrent] = client.torrents;
  const meet = () => (torrent.infoHash === undefined || torrent.infoHash === null ? setTimeout(meet, 5) : torrent.addPeer(where));
  meet();
  torrent.on('download', () => { if (first === undefined && torrent.downloaded > 262144) first = performance.now(); });
  torrent.on('done', () => {
    const now = performance.now();
    emit('done', { seconds: (now - started) / 1000, transferSeconds: (now - (first ?? started)) / 1000 });
  });
}
process.stdin.resume();
process.stdin.on('end', () => { emit('end'); process.exit(0); });
