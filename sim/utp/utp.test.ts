// uTP in virtual time: streams through bad weather, what they leave to others, and peers that mean ill.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Endpoint } from '../../src/ground/endpoint.ts';
import type { Link } from '../../src/ground/ports.ts';
import { createPrng } from '../../src/ground/prng.ts';
import {
  createReceivedPacket,
  DATA,
  decodePacket,
  encodeHeader,
  FIN,
  HEADER_LENGTH,
  RESET,
  STATE,
  SYN,
} from '../../src/net/utp/wire/packet.ts';
import type { BottleneckOptions } from './bottleneck.ts';
import { flow, median, receiver, Reno, Rig, type Side } from './rig.ts';

const MBIT = 125_000;
/** A home's uplink with a queue of a second. */
const UPLINK: BottleneckOptions = { bytesPerSecond: 10 * MBIT, delayMs: 10, queueBytes: 10 * MBIT };
const MINUTE_MS = 60_000;

const addressOf = ({ endpoint }: Side) => ({ host: endpoint.host, port: endpoint.port });

/** Sends so many bytes both ways, then ends; returns what each side got and whether both ends were orderly. */
function exchange(seed: number, options: BottleneckOptions, bytes: number, network?: number) {
  const rig = new Rig(seed, options);
  const a = rig.add('left', { rate: 1.0001 }, network);
  const b = rig.add('right', { offsetMs: 4_294_960 }, network);
  const prng = createPrng(seed);
  const sent = [0, 1].map(() => prng.fill(new Uint8Array(bytes)));
  const got = [0, 1].map(() => ({ bytes: new Uint8Array(bytes), at: 0, ends: [] as unknown[] }));
  const ear = (which: 0 | 1, more: { onConnected?: () => void; onEnough: () => void }) =>
    receiver({
      onConnected: more.onConnected ?? (() => {}),
      onData: (chunk) => {
        const side = got[which]!;
        assert.ok(side.at + chunk.length <= bytes, 'more than was sent');
        side.bytes.set(chunk, side.at);
        side.at += chunk.length;
        if (side.at === bytes) more.onEnough();
      },
      onClosed: (failure) => void got[which]!.ends.push(failure),
    });
  const write = (link: Link, which: 0 | 1): void => {
    for (let at = 0; at < bytes; ) {
      const step = 1 + prng.below(40_000);
      link.write(sent[which]!.subarray(at, at + step));
      at += step;
    }
  };
  const closeWhenDone = (link: Link) => (): void => {
    if (got.every(({ at }) => at === bytes)) link.close();
  };
  b.transport.setAcceptor((link) => {
    link.setReceiver(ear(0, { onEnough: () => closeWhenDone(dialled)() }));
    write(link, 1);
  });
  const dialled: Link = a.transport.dial(
    addressOf(b),
    ear(1, { onConnected: () => write(dialled, 0), onEnough: () => closeWhenDone(dialled)() }),
  );
  rig.world.run(20 * MINUTE_MS, () => got.every(({ ends }) => ends.length > 0));
  rig.world.run(rig.world.now + MINUTE_MS);
  return { rig, sent, got, sizes: [a.transport.size, b.transport.size] };
}

for (const [what, faults] of [
  ['a clean line', {}],
  ['loss, reordering and duplication', { loss: 0.03, reordering: 0.05, duplication: 0.05 }],
  ['every tenth packet lost', { loss: 0.1 }],
  ['a queue of eight packets', { queueBytes: 12_000 }],
  ['a way that carries 1,250 bytes', { mtu: 1250 }],
] as const)
  test(`bytes arrive whole and in order both ways, and both ends are orderly: ${what}`, () => {
    for (let seed = 1; seed <= 10; seed++) {
      const { sent, got, sizes } = exchange(seed, { ...UPLINK, ...faults }, 300_000);
      for (const which of [0, 1] as const) {
        assert.deepEqual(got[which]!.bytes, sent[which], `seed ${seed}`);
        assert.deepEqual(got[which]!.ends, [undefined], `seed ${seed}`);
      }
      assert.deepEqual(sizes, [0, 0], 'nothing is left');
    }
  });

test('on loopback, packets of all sizes up to 32 KB arrive in order', () => {
  const loopback = { bytesPerSecond: 1e9, delayMs: 0.05, queueBytes: 200_000, mtu: 65_507, loss: 0.002 };
  for (let seed = 1; seed <= 3; seed++) {
    const { sent, got, rig } = exchange(seed, loopback, 3_000_000, 127);
    for (const which of [0, 1] as const) assert.deepEqual(got[which]!.bytes, sent[which], `seed ${seed}`);
    assert.ok(rig.network.right.sentBytes / rig.network.right.waits.length > 5000, 'large packets were used');
  }
});

for (const [what, options, least, mostMs] of [
  ['20 ms', UPLINK, 0.94, 85],
  ['100 ms', { ...UPLINK, delayMs: 50 }, 0.93, 85],
  ['300 ms', { ...UPLINK, delayMs: 150 }, 0.86, 85],
  ['20 ms that lose every hundredth packet', { ...UPLINK, loss: 0.01 }, 0.9, 85],
  ['20 ms that reorder', { ...UPLINK, reordering: 0.05 }, 0.94, 85],
  ['40 ms at 1 Mbit/s', { ...UPLINK, bytesPerSecond: MBIT, queueBytes: MBIT, delayMs: 20 }, 0.94, 85],
] as const)
  test(`one stream fills a line, and packets wait no longer than the target: ${what}`, () => {
    const rig = new Rig(3, options);
    const { right } = rig.network;
    const stream = flow(rig.add('left'), rig.add('right'));
    rig.world.run(10_000);
    const [before, waited] = [stream.received, right.waits.length];
    rig.world.run(10_000 + MINUTE_MS);
    const share = (stream.received - before) / 60 / options.bytesPerSecond;
    assert.ok(share >= least, `${(share * 100).toFixed(1)} % of the line`);
    const waitMs = median(right.waits.slice(waited));
    assert.ok(waitMs <= mostMs, `packets wait ${waitMs.toFixed(0)} ms`);
  });

test('a TCP that comes has nine tenths of the line, and when it goes the stream fills it again', () => {
  const rig = new Rig(4, { ...UPLINK, queueBytes: 4 * MBIT });
  const stream = flow(rig.add('left'), rig.add('right'));
  rig.world.run(20_000);
  const tcp = new Reno(rig.world, rig.network.right, rig.network.left);
  tcp.start();
  rig.world.run(20_000 + MINUTE_MS);
  const share = tcp.received / 60 / UPLINK.bytesPerSecond;
  assert.ok(share > 0.9, `TCP has ${(share * 100).toFixed(1)} %`);
  tcp.stop();
  rig.world.run(rig.world.now + 20_000);
  const before = stream.received;
  rig.world.run(rig.world.now + 10_000);
  assert.ok((stream.received - before) / 10 / UPLINK.bytesPerSecond > 0.8, 'the stream fills the line again');
});

test('of two streams the later one does not drive out the earlier one', () => {
  const rig = new Rig(5, UPLINK);
  const first = flow(rig.add('left'), rig.add('right'));
  rig.world.run(20_000);
  const second = flow(rig.add('left'), rig.add('right'));
  rig.world.run(40_000);
  const before = [first.received, second.received];
  rig.world.run(40_000 + 2 * MINUTE_MS);
  const [one, two] = [first.received - before[0]!, second.received - before[1]!];
  assert.ok(one / two > 0.4 && one / two < 2.5, `${(one / two).toFixed(2)} to one`);
});

test('clocks that run apart are noticed: the target holds for an hour', () => {
  for (const rate of [1.0001, 0.9999]) {
    const rig = new Rig(6, { ...UPLINK, bytesPerSecond: MBIT, queueBytes: 2 * MBIT });
    const { right } = rig.network;
    const stream = flow(rig.add('left', { rate }), rig.add('right'));
    rig.world.run(50 * MINUTE_MS);
    const [before, waited] = [stream.received, right.waits.length];
    rig.world.run(60 * MINUTE_MS);
    assert.ok((stream.received - before) / 600 / MBIT > 0.8, `a rate of ${rate}`);
    assert.ok(median(right.waits.slice(waited)) < 150, `a rate of ${rate}`);
  }
});

for (const [mtu, least] of [
  [1472, 1472],
  [1400, 1380],
  [1210, 1200],
] as const)
  test(`a way of ${mtu} bytes is found without a stall`, () => {
    const rig = new Rig(7, { ...UPLINK, mtu });
    const stream = flow(rig.add('left'), rig.add('right'));
    rig.world.run(10_000);
    assert.ok(
      stream.link.packetBytes >= least && stream.link.packetBytes <= mtu,
      `${stream.link.packetBytes}`,
    );
    assert.ok(stream.received / 10 / UPLINK.bytesPerSecond > 0.8);
  });

test('a way that begins to swallow large packets is noticed, and the stream goes on', () => {
  const rig = new Rig(8, UPLINK);
  const stream = flow(rig.add('left'), rig.add('right'));
  rig.world.run(10_000);
  assert.equal(stream.link.packetBytes, 1472);
  // Routers cut what is on its way already: only what is sent anew is small.
  let wasLarge = 0;
  const { right } = rig.network;
  right.options = { ...UPLINK, mtu: 1472, loss: 1 };
  rig.world.run(13_000);
  right.options = { ...UPLINK };
  const before = stream.received;
  rig.world.run(30_000);
  wasLarge = stream.link.packetBytes;
  assert.ok(stream.received > before);
  assert.ok(wasLarge <= 1200, `${wasLarge} bytes`);
});

test('a receiver that takes nothing stops the sender, and wakes it again though the word is lost', () => {
  const rig = new Rig(9, UPLINK);
  const [a, b] = [rig.add('left'), rig.add('right')];
  let [received, sent] = [0, 0];
  let accepted: Link | undefined;
  b.transport.setAcceptor((link) => {
    accepted = link;
    link.setReceiver(receiver({ onData: ({ length }) => void (received += length) }));
    link.pause();
  });
  const chunk = new Uint8Array(1 << 20);
  const fill = (): void => link.write(chunk, () => void (sent++ < 15 && fill()));
  const link: Link = a.transport.dial(addressOf(b), receiver({ onConnected: fill }));
  rig.world.run(MINUTE_MS);
  assert.deepEqual([received, sent <= 5], [0, true]);
  // The first words after it resumes are lost.
  let lost = 3;
  b.host.inspect = () => lost-- <= 0;
  accepted!.resume();
  rig.world.run(5 * MINUTE_MS, () => received === 16 << 20);
  assert.equal(received, 16 << 20);
});

test('a peer that is gone is noticed within a minute', () => {
  const rig = new Rig(10, UPLINK);
  const [a, b] = [rig.add('left'), rig.add('right')];
  const stream = flow(a, b);
  rig.world.run(5000);
  const failures: unknown[] = [];
  stream.link.setReceiver(receiver({ onClosed: (failure) => void failures.push(failure) }));
  for (const line of [rig.network.left, rig.network.right]) line.options = { ...UPLINK, loss: 1 };
  rig.world.run(5000 + MINUTE_MS);
  assert.equal((failures[0] as { code?: string } | undefined)?.code, 'ETIMEDOUT');
});

test('an idle connection says something often enough for routers, and costs little', () => {
  const rig = new Rig(11, UPLINK);
  const [a, b] = [rig.add('left'), rig.add('right')];
  b.transport.setAcceptor((link) => link.setReceiver(receiver()));
  const link = a.transport.dial(addressOf(b), receiver());
  rig.world.run(1000);
  const before = a.host.packetsOut;
  rig.world.run(1000 + 5 * MINUTE_MS);
  const sent = a.host.packetsOut - before;
  assert.ok(sent >= 10 && sent <= 11, `${sent} packets in five minutes`);
  link.close();
});

/** Packets of a stranger, as bytes. */
function packet(header: Partial<Parameters<typeof encodeHeader>[1]>, payloadLength = 0): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH + payloadLength);
  const plain = { type: STATE, connectionId: 0, timestampMicros: 1, differenceMicros: 0 };
  encodeHeader(bytes, { ...plain, windowBytes: 1 << 20, sequence: 0, acknowledged: 0, ...header });
  return bytes;
}

const FORGED = Endpoint.from('83.0.0.1', 1234)!;

test('nobody gets more than it sent before it has proved its address', () => {
  const rig = new Rig(12, UPLINK);
  const b = rig.add('right');
  b.transport.setAcceptor(() => assert.fail('nobody has proved anything'));
  const prng = createPrng(12);
  let [asked, askedBytes] = [0, 0];
  for (let i = 0; i < 20_000; i++) {
    const type = [SYN, SYN, DATA, FIN, STATE, RESET][prng.below(6)]!;
    const bytes = packet(
      {
        type,
        connectionId: prng.below(65_536),
        sequence: prng.below(65_536),
        acknowledged: prng.below(65_536),
      },
      type === DATA ? prng.below(500) : 0,
    );
    asked++;
    askedBytes += bytes.length;
    rig.world.after(i, () => b.host.receive?.(bytes, FORGED));
  }
  rig.world.run(MINUTE_MS);
  assert.ok(b.host.packetsOut < asked / 20, `${b.host.packetsOut} answers to ${asked} packets`);
  assert.ok(b.host.bytesOut < askedBytes / 20);
  assert.equal(b.transport.size, 0, 'half-open connections are forgotten');
});

test('a flood of SYNs from everywhere fills no memory, and a peer gets in while it lasts', () => {
  const rig = new Rig(13, UPLINK);
  const [a, b] = [rig.add('left'), rig.add('right')];
  let accepted = 0;
  b.transport.setAcceptor((link) => {
    accepted++;
    link.setReceiver(receiver());
  });
  const prng = createPrng(13);
  const forge = (): void => {
    const host = `84.${prng.below(250)}.${prng.below(250)}.${1 + prng.below(250)}`;
    b.host.receive?.(packet({ type: SYN, connectionId: prng.below(65_536) }), Endpoint.from(host, 5000)!);
  };
  for (let i = 0; i < 50_000; i++) forge();
  assert.ok(b.transport.size <= 512, `${b.transport.size}`);
  for (let i = 0; i < 10_000; i++) rig.world.after(i, forge);
  rig.world.after(5000, () => a.transport.dial(addressOf(b), receiver()));
  rig.world.run(9000);
  assert.equal(b.transport.size, 513);
  assert.equal(accepted, 1);
});

test('resets and data of somebody who guesses do not end a stream or get into it', () => {
  const rig = new Rig(14, UPLINK);
  const [a, b] = [rig.add('left'), rig.add('right')];
  const ids: number[] = [];
  const sequences: number[] = [];
  const seen = createReceivedPacket();
  a.host.inspect = (bytes) => {
    decodePacket(bytes, seen);
    ids.push(seen.connectionId);
    sequences.push(seen.sequence);
    return true;
  };
  const failures: unknown[] = [];
  const got: Uint8Array[] = [];
  b.transport.setAcceptor((link) =>
    link.setReceiver(
      receiver({
        onData: (chunk) => void got.push(chunk.slice()),
        onClosed: (failure) => void failures.push(failure),
      }),
    ),
  );
  const link: Link = a.transport.dial(
    addressOf(b),
    receiver({ onConnected: () => link.write(Uint8Array.of(1)) }),
  );
  rig.world.run(1000);
  // It knows addresses, ports and numbers of the connection, not those of packets.
  const prng = createPrng(14);
  for (let i = 0; i < 2000; i++) {
    const acknowledged = (sequences.at(-1)! + 30_000 + prng.below(5000)) & 0xffff;
    for (const connectionId of new Set(ids))
      for (const type of [RESET, DATA, FIN])
        b.host.receive?.(
          packet({ type, connectionId, acknowledged, sequence: sequences.at(-1)! + 1 }, 3),
          a.endpoint,
        );
  }
  rig.world.run(2000);
  link.write(Uint8Array.of(2));
  rig.world.run(3000);
  assert.deepEqual([failures, got.flatMap((chunk) => [...chunk])], [[], [1, 2]]);
});

test('a peer that lies about windows and acknowledges wildly costs no more than a window', () => {
  const rig = new Rig(15, UPLINK);
  const [a, b] = [rig.add('left'), rig.add('right')];
  const prng = createPrng(15);
  const seen = createReceivedPacket();
  // Its acknowledgements are of what it never got, its window is the largest, its clock says that nothing waits.
  b.transport.close();
  let highest = 0;
  let [id, mine] = [0, 0];
  b.host.setReceiver((bytes) => {
    decodePacket(bytes, seen);
    if (seen.type === SYN) [id, mine] = [seen.connectionId, 100];
    highest = seen.sequence;
    const header = {
      type: STATE,
      connectionId: id,
      sequence: mine,
      acknowledged: seen.type === SYN ? highest : (highest + prng.below(2000)) & 0xffff,
      windowBytes: 0xffff_ffff,
      differenceMicros: 1,
    };
    for (let i = 0; i < 3; i++) b.host.send(packet(header), a.endpoint);
  });
  const chunk = new Uint8Array(1 << 20);
  const link: Link = a.transport.dial(
    addressOf(b),
    receiver({
      onConnected: () => {
        const fill = (): void => link.write(chunk, (isSent) => isSent && fill());
        fill();
      },
    }),
  );
  rig.world.run(MINUTE_MS);
  assert.ok((link as unknown as { congestionWindowBytes: number }).congestionWindowBytes <= 8 << 20);
  assert.ok(link.unsent <= 1 << 20);
});
