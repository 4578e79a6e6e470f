/**
 * One npm bittorrent-dht node for a test or benchmark. Commands and events are JSON lines, as those of libtorrent_dht.py.
 * usage: dht-node.mjs HOST:PORT...   (nodes to begin with)
 */
import { createPrivateKey, createPublicKey, sign, verify } from 'node:crypto';
import { createInterface } from 'node:readline';
import DHT from 'bittorrent-dht';

const emit = (event, fields = {}) => console.log(JSON.stringify({ event, ...fields }));
const spki = (key) => createPublicKey({ key: Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]), format: 'der', type: 'spki' });
const dht = new DHT({
  bootstrap: process.argv.slice(2).filter((arg) => !arg.startsWith('--')),
  verify: (signature, message, key) => verify(null, message, spki(Buffer.from(key)), signature),
  maxTables: 20_000,
  maxValues: 20_000,
});
dht.on('error', (error) => emit('error', { message: String(error) }));
const option = (name, fallback) => process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3) ?? fallback;
dht.listen(Number(option('port', 0)), option('host', '127.0.0.1'), () => emit('ready', { port: dht.address().port }));

const commands = {
  announce: ({ hash, port }) => dht.announce(hash, port, (error) => emit('announced', { hash, error: error?.message })),
  peers: ({ hash }) => {
    const peers = new Set();
    const started = performance.now();
    const onPeer = (peer, infoHash) => {
      if (infoHash.toString('hex') === hash) peers.add(`${peer.host}:${peer.port}`);
    };
    dht.on('peer', onPeer);
    dht.lookup(hash, () => {
      dht.off('peer', onPeer);
      emit('peers', { hash, peers: [...peers], ms: performance.now() - started });
    });
  },
  put: ({ value }) => dht.put({ v: Buffer.from(value) }, (error, hash, count) => emit('put', { target: hash?.toString('hex'), stored: count, error: error?.message })),
  get: ({ target, salt }) =>
    dht.get(target, { cache: false, ...(salt ? { salt: Buffer.from(salt) } : {}) }, (error, result) =>
      emit('item', {
        target,
        error: error?.message,
        value: Buffer.isBuffer(result?.v) ? result.v.toString() : undefined,
        ih: result?.v?.ih ? Buffer.from(result.v.ih).toString('hex') : undefined,
        seq: result?.seq,
      }),
    ),
  putMutable: ({ seed, value, salt, seq }) => {
    const key = createPrivateKey({ key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), Buffer.from(seed, 'hex')]), format: 'der', type: 'pkcs8' });
    const publicKey = createPublicKey(key).export({ format: 'der', type: 'spki' }).subarray(12);
    const options = { k: publicKey, seq, v: Buffer.from(value), sign: (message) => sign(null, message, key), ...(salt ? { salt: Buffer.from(salt) } : {}) };
    dht.put(options, (error, hash, count) => emit('put', { target: hash?.toString('hex'), stored: count, error: error?.message }));
  },
  node: ({ host, port }) => dht.addNode({ host, port }),
  status: () => emit('status', { nodes: dht.toJSON().nodes.length }),
};
createInterface({ input: process.stdin })
  .on('line', (line) => {
    const command = JSON.parse(line);
    commands[command.cmd]?.(command);
  })
  .on('close', () => process.exit(0));
