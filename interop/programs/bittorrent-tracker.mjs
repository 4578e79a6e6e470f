// Runs npm bittorrent-tracker over HTTP and UDP on one port: bittorrent-tracker.mjs PORT
import './webrtc-stub.mjs';

const { Server } = await import('bittorrent-tracker');
const server = new Server({ http: true, udp: true, ws: false, stats: false });
server.on('error', (error) => console.log(JSON.stringify({ event: 'error', message: error.message })));
server.once('listening', () => console.log(JSON.stringify({ event: 'ready' })));
server.listen(Number(process.argv[2]));
