// The parts of the uTP machine one by one. What they are together is tested in `sim/utp`.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createPrng } from '../../../ground/prng.ts';
import {
  beginSack,
  createReceivedPacket,
  encodeHeader,
  HEADER_LENGTH,
  setSackBit,
  STATE,
} from '../wire/packet.ts';
import { Deadlines } from './deadlines.ts';
import { DelayHistory } from './delay-history.ts';
import { Gatherer } from './gatherer.ts';
import { Flight, type SentPacket } from './flight.ts';
import { Inbox } from './inbox.ts';
import { Ledbat, MAX_WINDOW_BYTES, TARGET_MICROS } from './ledbat.ts';
import { PacketPool } from './packet-pool.ts';
import { PathMtu } from './path-mtu.ts';
import { RoundTrip } from './round-trip.ts';
import { SendQueue } from './send-queue.ts';

const WAY = { queueingMicros: 0, roundTripMs: 50, packetBytes: 1472 };

test('the lowest delay of the last minutes is the way itself, around the wrap of 32 bits', () => {
  const history = new DelayHistory();
  history.add(0, 100);
  assert.equal(history.queueingMicros, 0);
  for (let i = 0; i < 3; i++) history.add(1, 5100);
  assert.equal(history.queueingMicros, 5000);
  // Below zero is below.
  history.add(2, 0xffff_ffff - 899);
  for (let i = 0; i < 3; i++) history.add(3, 100);
  assert.equal(history.queueingMicros, 1000);
  // It is forgotten after as many minutes as are kept.
  for (let minute = 1; minute <= 14; minute++) history.add(minute * 60_001 + 3, 2100);
  for (let i = 0; i < 3; i++) history.add(15 * 60_001, 2200);
  assert.equal(history.queueingMicros, 100);
});

test('the least of three samples counts: a packet that was held up is no queue', () => {
  const history = new DelayHistory();
  for (const sample of [1000, 90_000, 1500, 80_000]) history.add(0, sample);
  assert.equal(history.queueingMicros, 500);
});

test('a clock that drifts raises what was measured before', () => {
  const history = new DelayHistory();
  history.add(0, 1000);
  history.raise(400);
  for (let i = 0; i < 3; i++) history.add(0, 1500);
  assert.equal(history.queueingMicros, 100);
});

test('the window doubles in a round trip until packets wait, then grows by 3000 bytes at most', () => {
  const ledbat = new Ledbat();
  const start = ledbat.windowBytes;
  ledbat.handleAcked(0, start, start, WAY);
  assert.equal(ledbat.windowBytes, 2 * start);
  const queued = { ...WAY, queueingMicros: 0.8 * TARGET_MICROS };
  ledbat.handleAcked(1, 2 * start, 2 * start, queued);
  assert.ok(Math.abs(ledbat.windowBytes - 2 * start - 600) < 1);
});

test('above the target the window shrinks by a part of itself, and never below a packet', () => {
  const ledbat = new Ledbat();
  for (let i = 0; i < 6; i++) ledbat.handleAcked(i, ledbat.windowBytes, ledbat.windowBytes, WAY);
  const before = ledbat.windowBytes;
  ledbat.handleAcked(7, before, before, { ...WAY, queueingMicros: 4 * TARGET_MICROS });
  assert.ok(ledbat.windowBytes < 0.6 * before);
  for (let i = 0; i < 100; i++)
    ledbat.handleAcked(8, ledbat.windowBytes, ledbat.windowBytes, { ...WAY, queueingMicros: 1e9 });
  assert.ok(ledbat.windowBytes <= 2 * 3000);
  assert.ok(ledbat.windowBytes >= WAY.packetBytes);
});

test('who does not fill the window does not grow it, and it has an end', () => {
  const ledbat = new Ledbat();
  const start = ledbat.windowBytes;
  ledbat.handleAcked(0, 1000, 1000, WAY);
  assert.equal(ledbat.windowBytes, start);
  for (let i = 0; i < 40; i++) ledbat.handleAcked(i, ledbat.windowBytes, ledbat.windowBytes, WAY);
  assert.equal(ledbat.windowBytes, MAX_WINDOW_BYTES);
});

test('losses of one round trip halve the window once', () => {
  const ledbat = new Ledbat();
  for (let i = 0; i < 6; i++) ledbat.handleAcked(i, ledbat.windowBytes, ledbat.windowBytes, WAY);
  const before = ledbat.windowBytes;
  ledbat.handleLoss(1000, WAY);
  ledbat.handleLoss(1050, WAY);
  assert.equal(ledbat.windowBytes, before / 2);
  ledbat.handleLoss(1101, WAY);
  assert.equal(ledbat.windowBytes, before / 4);
});

test('a connection that fills a queue slows down to look under it', () => {
  const ledbat = new Ledbat();
  for (let i = 0; i < 5; i++) ledbat.handleAcked(i, ledbat.windowBytes, ledbat.windowBytes, WAY);
  const before = ledbat.windowBytes;
  ledbat.handleAcked(10, before, before, { ...WAY, queueingMicros: TARGET_MICROS });
  ledbat.handleAcked(10 + 100, before, before, WAY);
  assert.equal(ledbat.windowBytes, 2 * WAY.packetBytes);
  ledbat.handleAcked(10 + 199, 4000, 4000, WAY);
  assert.equal(ledbat.windowBytes, 2 * WAY.packetBytes);
  for (let i = 0; i < 8; i++) ledbat.handleAcked(211 + i, ledbat.windowBytes, ledbat.windowBytes, WAY);
  assert.ok(ledbat.windowBytes >= before);
});

test('the largest size is tried first, then halves of what is in doubt', () => {
  const mtu = new PathMtu(4, false);
  const tried: number[] = [];
  for (let now = 0; ; now++) {
    const size = mtu.nextTrial(now);
    if (size === undefined) break;
    if (tried.at(-1) !== size) tried.push(size);
    mtu.handleTrialSent(size);
    assert.equal(mtu.nextTrial(now), undefined, 'one at a time');
    if (size > 1400) mtu.handleTrialLost(now, size);
    else mtu.handleTrialArrived(now, size);
  }
  assert.deepEqual(tried, [1472, 1335, 1403, 1368, 1385]);
  assert.equal(mtu.size, 1385);
  assert.equal(mtu.nextTrial(700_000), 1472, 'the way may have changed');
});

test('time-outs in a row make large packets suspect', () => {
  const mtu = new PathMtu(6, false);
  mtu.handleTrialSent(1452);
  mtu.handleTrialArrived(0, 1452);
  assert.equal(mtu.size, 1452);
  mtu.handleTimeouts(1, 1);
  assert.equal(mtu.size, 1452);
  mtu.handleTimeouts(2, 2);
  assert.equal(mtu.size, 1200);
  mtu.handleTimeouts(3, 3);
  assert.equal(mtu.size, 548);
});

test('a time-out is half a second at least, and doubles', () => {
  const roundTrip = new RoundTrip();
  assert.equal(roundTrip.timeoutMs(0), 1000);
  roundTrip.add(40);
  assert.equal(roundTrip.timeoutMs(0), 500);
  assert.equal(roundTrip.timeoutMs(2), 2000);
  roundTrip.add(4000);
  assert.ok(roundTrip.timeoutMs(0) > 3000);
  assert.equal(roundTrip.timeoutMs(20), 60_000);
});

test('early packets wait for those before them, and are told', () => {
  const inbox = new Inbox(0xfffe, 1000);
  const got: number[] = [];
  const take = (sequence: number): void =>
    inbox.receive(sequence, Uint8Array.of(sequence), (payload) => void got.push(payload[0]!));
  for (const sequence of [0xffff, 1, 1, 40]) take(sequence);
  assert.deepEqual([got, inbox.acknowledged, inbox.span], [[], 0xfffd, 42]);
  const out = new Uint8Array(HEADER_LENGTH + 2 + 8);
  inbox.encodeSack(out, 8);
  assert.deepEqual([...out.subarray(HEADER_LENGTH + 2)], [0b101, 0, 0, 0, 0, 2, 0, 0]);
  for (const sequence of [0xfffe, 0]) take(sequence);
  assert.deepEqual([got, inbox.acknowledged, inbox.hasHoles], [[0xfe, 0xff, 0, 1], 1, true]);
  for (let sequence = 2; sequence < 40; sequence++) take(sequence);
  assert.deepEqual(
    [got.length, inbox.acknowledged, inbox.hasHoles, inbox.windowBytes],
    [43, 40, false, 1000],
  );
});

test('no more is kept than was offered, in order or not', () => {
  const inbox = new Inbox(0, 2500);
  inbox.pause();
  const sizes: number[] = [];
  for (let sequence = 0; sequence < 10; sequence++)
    inbox.receive(sequence, new Uint8Array(1000), () => assert.fail('nobody takes it'));
  for (let sequence = 100; sequence < 110; sequence++)
    inbox.receive(sequence, new Uint8Array(1000), () => assert.fail('nobody takes it'));
  assert.deepEqual([inbox.acknowledged, inbox.windowBytes], [1, 500]);
  inbox.resume();
  inbox.drain(({ length }) => void sizes.push(length));
  assert.deepEqual([sizes, inbox.windowBytes], [[1000, 1000], 2500]);
  inbox.receive(5000, new Uint8Array(10), () => assert.fail('too far away'));
  assert.equal(inbox.hasHoles, false);
});

test('payloads in a row are handed on together, in order, whatever their sizes and streams', () => {
  const prng = createPrng(1);
  const streams = [0, 1].map(() => ({ sent: 0, got: 0, calls: 0 }));
  const ears = streams.map((stream) => ({
    takeGathered: (bytes: Uint8Array) => {
      stream.calls++;
      for (const byte of bytes) assert.equal(byte, stream.got++ & 255);
    },
  }));
  const gatherer = new Gatherer();
  let packets = 0;
  for (let i = 0; i < 2000; i++) {
    const which = prng.below(20) === 0 ? 1 : 0;
    const stream = streams[which]!;
    const length = 1 + prng.below(prng.below(10) === 0 ? 40_000 : 1452);
    gatherer.add(
      ears[which]!,
      Uint8Array.from({ length }, () => stream.sent++ & 255),
    );
    packets++;
    if (prng.below(50) === 0) gatherer.handOn();
  }
  gatherer.handOn();
  for (const { sent, got } of streams) assert.equal(got, sent);
  assert.ok(streams[0]!.calls + streams[1]!.calls < packets / 2);
});

test('a stranger is offered little, and who was listened to all', () => {
  const inbox = new Inbox(0, 4 << 20);
  let takenBytes = 0;
  const take = (sequence: number): void =>
    inbox.receive(sequence, new Uint8Array(1024), ({ length }) => void (takenBytes += length));
  assert.equal(inbox.windowBytes, 64 << 10);
  for (let sequence = 1; sequence < 1000; sequence++) take(sequence);
  assert.equal(inbox.windowBytes, 0, 'no more than that waits for the first packet');
  take(0);
  assert.equal(takenBytes, 65 << 10);
  assert.equal(inbox.windowBytes, (64 + 2 * 65) << 10);
  for (let sequence = 65; sequence < 3000; sequence++) take(sequence);
  assert.equal(inbox.windowBytes, 4 << 20);
});

test('packets of a byte each that nobody takes are bounded by their number', () => {
  const inbox = new Inbox(0, 4 << 20);
  inbox.pause();
  let taken = 0;
  const take = (sequence: number): void => inbox.receive(sequence, Uint8Array.of(1), () => void taken++);
  for (let sequence = 0; sequence <= 4096; sequence++) take(sequence);
  assert.equal(inbox.acknowledged, 4095);
  inbox.resume();
  inbox.drain(() => void taken++);
  assert.equal(taken, 4096);
  take(4096);
  assert.deepEqual([taken, inbox.acknowledged], [4097, 4096]);
});

test('memory of a packet is used again when it is acknowledged, unless it may still wait to be sent', () => {
  let hasSentAll = false;
  const packets = new PacketPool(() => hasSentAll);
  const again = (): boolean => {
    const packet = packets.acquire(1200);
    packet.transmissions = 1;
    packets.release(packet);
    return packets.acquire(1200).bytes === packet.bytes;
  };
  assert.equal(again(), false);
  hasSentAll = true;
  assert.equal(again(), true);
});

test('bytes are cut from chunks, whose owners hear when all of a chunk is gone', () => {
  const told: string[] = [];
  const queue = new SendQueue((taken, isSent) => taken(isSent));
  for (const name of ['a', 'b', 'c'])
    queue.add(new Uint8Array(10).fill(name.charCodeAt(0)), (isSent) => told.push(`${name} ${isSent}`));
  const out = new Uint8Array(16);
  queue.take(out, 1, 15);
  assert.equal(String.fromCharCode(...out.subarray(1)), 'aaaaaaaaaabbbbb');
  assert.deepEqual([told, queue.length], [['a true'], 15]);
  queue.discard();
  assert.deepEqual([told, queue.length], [['a true', 'b false', 'c false'], 0]);
});

function createFlight(count: number, firstSequence = 0xfffa): { flight: Flight; roundTrip: RoundTrip } {
  const flight = new Flight(firstSequence, () => {});
  for (let i = 0; i < count; i++) flight.add(createSent(i));
  return { flight, roundTrip: new RoundTrip() };
}

function createSent(sentAt: number): SentPacket {
  const bytes = new Uint8Array(0);
  return { bytes, sequence: 0, payloadLength: 100, sentAt, transmissions: 1, isLost: false, trialBytes: 0 };
}

function acknowledgement(acknowledged: number, bits: readonly number[] = []) {
  const bytes = new Uint8Array(HEADER_LENGTH + 2 + 8);
  const packet = { ...createReceivedPacket(), type: STATE, acknowledged: acknowledged & 0xffff };
  encodeHeader(bytes, packet);
  const at = beginSack(bytes, 8);
  for (const bit of bits) setSackBit(bytes, at, bit);
  return { bytes, packet: { ...packet, sackAt: at, sackLength: 8 } };
}

test('three packets behind a hole make it a loss; what was sent again can be lost again', () => {
  const { flight, roundTrip } = createFlight(20);
  const acknowledge = (now: number, acknowledged: number, bits: readonly number[]): number => {
    const { packet, bytes } = acknowledgement(acknowledged, bits);
    flight.acknowledge(now, packet, bytes, roundTrip);
    return flight.detectLosses(now, roundTrip).packets;
  };
  assert.equal(flight.inFlightBytes, 2000);
  // 0xfffa arrived, 0xfffb did not, 0xfffc and 0xfffd did.
  assert.equal(acknowledge(50, 0xfffa, [0, 1]), 0);
  assert.equal(flight.inFlightBytes, 1700);
  assert.equal(acknowledge(51, 0xfffa, [0, 1, 2]), 1);
  const lost = flight.nextLost()!;
  assert.equal(lost.sequence, 0xfffb);
  flight.handleResent(lost);
  lost.sentAt = 60;
  lost.transmissions++;
  assert.equal(flight.nextLost(), undefined);
  assert.equal(acknowledge(70, 0xfffa, [0, 1, 2, 3, 4, 5]), 0, 'nothing that was sent later has arrived');
  const later = createSent(61);
  flight.add(later);
  assert.equal(acknowledge(120, 0xfffa, [...Array(19).keys()]), 1);
  flight.handleResent(flight.nextLost()!);
  acknowledge(130, later.sequence, []);
  assert.deepEqual([flight.isEmpty, flight.inFlightBytes, flight.hasLost], [true, 0, false]);
});

test('where packets overtake each other, a hole is waited for', () => {
  const { flight, roundTrip } = createFlight(20, 0);
  for (let i = 0; i < 8; i++) roundTrip.add(40);
  const late = acknowledgement(-1, [4]);
  flight.acknowledge(50, late.packet, late.bytes, roundTrip);
  const early = acknowledgement(-1, [0, 1, 2, 4]);
  flight.acknowledge(51, early.packet, early.bytes, roundTrip);
  assert.equal(flight.detectLosses(51, roundTrip).packets, 0);
  assert.ok(flight.checkAt > 51 && flight.checkAt < 100);
  assert.ok(flight.detectLosses(flight.checkAt, roundTrip).packets > 0);
});

test('an acknowledgement is plausible when it is of something that was sent lately', () => {
  const { flight } = createFlight(5, 0xfffe);
  const plausible = [0xfff8, 0xfffa, 0xfffd, 0, 2, 3, 0x8000].map((number) => flight.isPlausible(number, 3));
  assert.deepEqual(plausible, [false, true, true, true, true, false, false]);
});

test('one timer serves many: deadlines that moved away are looked at again', () => {
  const deadlines = new Deadlines<{ armedAt: number; deadline: number }>();
  const items = [30, 10, 20].map((deadline) => ({ armedAt: Number.POSITIVE_INFINITY, deadline }));
  for (const item of items) deadlines.arm(item);
  items[1]!.deadline = 25;
  assert.equal(deadlines.next, 10);
  assert.equal(deadlines.takeDue(15), undefined);
  assert.equal(deadlines.takeDue(26), items[2]);
  assert.equal(deadlines.takeDue(26), items[1]);
  assert.equal(deadlines.takeDue(26), undefined);
  assert.equal(deadlines.next, 30);
});

test('what is over is not kept until its deadline, and what is not keeps its turn', () => {
  const deadlines = new Deadlines<{ armedAt: number; deadline: number }>();
  const kept = [9000, 7000, 8000].map((deadline) => ({ armedAt: Number.POSITIVE_INFINITY, deadline }));
  for (const item of kept) deadlines.arm(item);
  for (let i = 0; i < 20_000; i++) {
    const item = { armedAt: Number.POSITIVE_INFINITY, deadline: 10_000 + i };
    deadlines.arm(item);
    item.deadline = Number.POSITIVE_INFINITY;
    deadlines.forget(item);
  }
  assert.ok(deadlines.size <= 1024, `${deadlines.size} entries`);
  assert.deepEqual(
    [1, 2, 3, 4].map(() => deadlines.takeDue(50_000)),
    [kept[1], kept[2], kept[0], undefined],
  );
});
