// Hostile peers over real sockets: all kinds at once, while a download runs. It ends with the right bytes, the liars are
// named, memory stays where it was.
import assert from 'node:assert/strict';
import { connect, createServer, type Server, type Socket } from 'node:net';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { cpuTimeMs } from '../../testkit/cpu-time.ts';
import { waitFor } from '../../testkit/wait.ts';
import { createAddress } from '../../src/ground/address.ts';
import { createPrng } from '../../src/ground/prng.ts';
import { createPeer, type ShoalPeer } from '../../src/systems/torrents/share/peer.ts';
import type { Share } from '../../src/systems/torrents/share/share.ts';
import { HostilePeer, KINDS, type Kind } from '../../sim/torrents/hostile.ts';

const TICK_MS = 50;
const SIZE = 12 * 1024 * 1024;
const LIMIT = 1_500_000;
/**
 * What the victim, its seed and their attackers compute in a download of 8 s. How much longer the download takes is
 * judged in virtual time (sim/torrents/hostile.test.ts): on the wall it also depends on what else the machine does.
 */
const MOST_COMPUTING_MS = 20_000;

interface Attack {
  stop(): Promise<void>;
}

/** Keeps a hostile connection to the victim up, from an address of its own, and again when it is thrown out. */
function assault(kind: Kind, port: number, share: Share, host: string, seed: number): Attack {
  const prng = createPrng(seed);
  let isOver = false;
  let socket: Socket;
  let wait: NodeJS.Timeout;
  const lines = new Set<Socket>();
  const talk = (line: Socket): HostilePeer => {
    const peer = new HostilePeer(
      kind,
      { send: (bytes) => void line.write(bytes), close: () => line.destroy() },
      share.metainfo!,
      prng,
    );
    const timer = setInterval(() => !line.destroyed && line.writableLength < 1 << 20 && peer.tick(), TICK_MS);
    lines.add(line);
    line.once('close', () => {
      clearInterval(timer);
      lines.delete(line);
    });
    line.on('error', () => {});
    if (kind.isDeaf === true) line.pause();
    else line.on('data', (chunk: Buffer) => peer.receive(chunk));
    peer.start();
    return peer;
  };
  const dial = (): void => {
    if (isOver) return;
    socket = connect({ host: '127.0.0.1', port, localAddress: host });
    socket.on('error', () => {});
    socket.once('connect', () => talk(socket));
    socket.once('close', () => (wait = setTimeout(dial, 500)));
  };
  dial();
  // And it waits to be called.
  const server: Server = createServer((line) => void talk(line));
  server.listen({ host, port: 7000 });
  return {
    stop: async () => {
      isOver = true;
      clearTimeout(wait);
      socket.destroy();
      for (const line of lines) line.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const hostOf = (n: number): string => `127.0.${2 + (n >> 8)}.${1 + (n & 255)}`;

async function open(bench: Bench, name: string, limit: number): Promise<ShoalPeer> {
  const uploadLimit = limit === 0 ? {} : { uploadLimit: limit };
  return createPeer({
    stateDir: join(bench.dir, name),
    port: 0,
    host: '127.0.0.1',
    dht: false,
    lsd: false,
    ...uploadLimit,
  });
}

test('all kinds of hostile peers at once: the download ends, liars are named, memory stays', async () => {
  const bench = await Bench.open();
  const seed = await open(bench, 'seed', LIMIT);
  const victim = await open(bench, 'victim', 0);
  const attacks: Attack[] = [];
  try {
    const data = createPrng(5).fill(new Uint8Array(SIZE));
    const path = join(bench.dir, 'data.bin');
    writeFileSync(path, data);
    const source = await seed.share(path, { pieceLength: 65_536 });
    const out = await bench.folder('out');
    const link = source.magnet([createAddress('127.0.0.1', seed.port)!]);
    const notices: string[] = [];
    source.onNotice = (message) => notices.push(message);
    // The attackers know its port before it knows anything else.
    for (const [n, kind] of KINDS.entries()) {
      for (let copy = 0; copy < 3; copy++) {
        const at = n * 3 + copy;
        attacks.push(assault(kind, copy === 2 ? seed.port : victim.port, source, hostOf(at), at));
      }
    }
    globalThis.gc?.();
    const before = process.memoryUsage.rss();
    const share = await victim.get(link, { outputDir: out });
    share.onNotice = (message) => notices.push(message);
    share.addPeers(
      KINDS.map((_, n) => createAddress(hostOf(n * 3), 7000)!),
      'tracker',
    );
    let most = before;
    const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 100);
    const startedMs = cpuTimeMs();
    await share.done;
    clearInterval(watch);
    const computedMs = cpuTimeMs() - startedMs;
    assert.deepEqual(readFileSync(join(out, 'data.bin')), Buffer.from(data));
    assert.ok(computedMs < MOST_COMPUTING_MS, `${computedMs} ms of computing`);
    console.log(`  ${Math.round(computedMs)} ms of computing`);
    assert.ok(most - before < 250 * 2 ** 20, `${(most - before) / 2 ** 20} MiB more`);
    const text = notices.join('\n');
    for (const code of [
      'peer-message-length',
      'peer-request-flood',
      'peer-bad-request',
      'peer-idle-talk',
      'peer-bad-have',
    ])
      assert.ok(text.includes(code), code);
    assert.ok(!text.includes(`127.0.0.1:${seed.port} is banned`), 'the honest one was banned');
  } finally {
    await Promise.all(attacks.map((attack) => attack.stop()));
    await Promise.all([seed.close(), victim.close()]);
    await bench.close();
  }
});

test('a flood of connections from one address leaves the door open for others', async () => {
  const bench = await Bench.open();
  const seed = await open(bench, 'seed', 0);
  const victim = await open(bench, 'victim', 0);
  const sockets: Socket[] = [];
  try {
    const path = join(bench.dir, 'data.bin');
    writeFileSync(path, createPrng(6).fill(new Uint8Array(1 << 20)));
    const source = await seed.share(path, {});
    for (let i = 0; i < 1000; i++) {
      const socket = connect({ host: '127.0.0.1', port: seed.port, localAddress: '127.0.0.66' });
      socket.on('error', () => {});
      sockets.push(socket);
    }
    const openOnes = (): number =>
      sockets.filter((socket) => !socket.destroyed && socket.readyState === 'open').length;
    const connecting = (): number => sockets.filter((socket) => socket.readyState === 'opening').length;
    await waitFor(() => connecting() === 0 && openOnes() <= 20, 'at most 20 connections stay open', {
      explain: () => `${openOnes()} are`,
    });
    const share = await victim.get(source.magnet([createAddress('127.0.0.1', seed.port)!]), {
      outputDir: await bench.folder('out'),
    });
    await share.done;
  } finally {
    for (const socket of sockets) socket.destroy();
    await Promise.all([seed.close(), victim.close()]);
    await bench.close();
  }
});
