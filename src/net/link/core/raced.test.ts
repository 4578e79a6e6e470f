// Who is dialled over what, in which order, and what is remembered of it.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddress } from '../../../ground/address.ts';
import type { Carrier, Link, LinkReceiver, Transport } from '../../../ground/ports.ts';
import { HandClock } from '../../../../testkit/hand-clock.ts';
import { type LateTransport, RacedTransport, type TransportChoice } from './raced.ts';

const FAR = createAddress('83.1.2.3', 6881)!;
const NEAR = createAddress('192.168.1.2', 6881)!;

interface Dial {
  readonly carrier: Carrier;
  receiver: LinkReceiver;
  readonly written: number[];
  isDestroyed: boolean;
}

function lab(choice: TransportChoice = 'both') {
  const clock = new HandClock();
  const dials: Dial[] = [];
  const acceptors: Partial<Record<Carrier, boolean>> = {};
  let load: (() => void) | undefined;
  const unreached = new Set<Carrier>();
  const transportOf = (carrier: Carrier): Transport => ({
    reaches: () => !unreached.has(carrier),
    setAcceptor: (acceptor) => void (acceptors[carrier] = acceptor !== undefined),
    dial: (_address, receiver) => {
      const dial: Dial = { carrier, receiver, written: [], isDestroyed: false };
      dials.push(dial);
      const link: Partial<Link> = {
        transport: carrier,
        setReceiver: (next) => void (dial.receiver = next),
        write: (bytes) => void dial.written.push(bytes.length),
        close: () => void (dial.isDestroyed = true),
        destroy: () => void (dial.isDestroyed = true),
        pause: () => {},
      };
      return link as Link;
    },
  });
  let isLoaded = true;
  const utp: LateTransport = {
    ...transportOf('utp'),
    prepare: (then) => {
      if (isLoaded) then();
      else load = then;
    },
  };
  const transport = new RacedTransport({ tcp: transportOf('tcp'), utp, clock, choice });
  const events: string[] = [];
  const receiver: LinkReceiver = {
    onConnected: () => void events.push('connected'),
    onData: (chunk) => void events.push(`data ${chunk.length}`),
    onClosed: (failure) => void events.push(`closed ${failure?.message ?? 'well'}`),
  };
  return {
    ...{ clock, dials, events, transport, acceptors, unreached },
    dial: (address = FAR) => transport.dial(address, receiver),
    order: () => dials.map(({ carrier }) => carrier).join(' '),
    unload: () => {
      isLoaded = false;
    },
    load: () => load?.(),
  };
}

test('TCP goes first; uTP joins in after a while, and the first that stands is kept', () => {
  const { clock, dials, events, dial, order } = lab();
  const link = dial();
  link.write(new Uint8Array(3));
  clock.pass(249);
  assert.equal(order(), 'tcp');
  clock.pass(1);
  assert.equal(order(), 'tcp utp');
  dials[1]!.receiver.onConnected();
  assert.deepEqual([events, dials[0]!.isDestroyed, link.transport], [['connected'], true, 'utp']);
  assert.deepEqual(dials[1]!.written, [3], 'what was written before goes over the winner');
  // What the loser still says is not heard.
  dials[0]!.receiver.onConnected();
  dials[0]!.receiver.onClosed(new Error('late'));
  dials[1]!.receiver.onData(new Uint8Array(5));
  dials[1]!.receiver.onClosed(undefined);
  assert.deepEqual(events, ['connected', 'data 5', 'closed well']);
});

test('over what an address has answered, it is dialled first the next time', () => {
  const { clock, dials, dial, order } = lab();
  dial();
  clock.pass(250);
  dials[1]!.receiver.onConnected();
  dials[1]!.receiver.onData(new Uint8Array(1));
  dial();
  assert.equal(order(), 'tcp utp utp');
  clock.pass(250);
  dials[3]!.receiver.onConnected();
  dials[3]!.receiver.onData(new Uint8Array(1));
  dial();
  assert.equal(order(), 'tcp utp utp tcp tcp');
});

test('a link that stands and ends without a word lets the other one go first the next time', () => {
  const { dials, events, dial, order } = lab();
  dial();
  dials[0]!.receiver.onConnected();
  dials[0]!.receiver.onClosed(undefined);
  assert.deepEqual(events, ['connected', 'closed well']);
  dial();
  assert.equal(order(), 'tcp utp');
});

test('two greetings in turn meet each carrier: uTP goes first twice before TCP is tried again', () => {
  const { dials, dial } = lab();
  const met: string[] = [];
  for (let nth = 0; nth < 6; nth++) {
    dial();
    const last = dials.at(-1)!;
    met.push(`${nth % 2 === 0 ? 'plain' : 'encrypted'} ${last.carrier}`);
    last.receiver.onConnected();
    last.receiver.onClosed(undefined);
  }
  assert.deepEqual(met.slice(0, 4), ['plain tcp', 'encrypted utp', 'plain utp', 'encrypted tcp']);
  assert.deepEqual(met.slice(4), ['plain utp', 'encrypted utp']);
});

test('a link that we end before it has said anything says nothing of what carries it', () => {
  const { dials, events, dial, order } = lab();
  const link = dial();
  dials[0]!.receiver.onConnected();
  link.close();
  dials[0]!.receiver.onClosed(undefined);
  assert.deepEqual(events, ['connected', 'closed well']);
  dial();
  assert.equal(order(), 'tcp tcp');
});

test('what TCP refuses is tried over uTP for a short time, and what TCP said is told', () => {
  for (const [address, patienceMs] of [
    [FAR, 2000],
    [NEAR, 500],
  ] as const) {
    const { clock, dials, events, dial, order } = lab();
    dial(address);
    dials[0]!.receiver.onClosed(new Error('refused'));
    assert.equal(order(), 'tcp utp');
    clock.pass(patienceMs - 1);
    assert.deepEqual(events, []);
    clock.pass(1);
    assert.deepEqual([events, dials[1]!.isDestroyed], [['closed refused'], true]);
  }
});

test('when both fail it is over at once', () => {
  const { clock, dials, events, dial } = lab();
  dial();
  clock.pass(250);
  dials[1]!.receiver.onClosed(new Error('silence'));
  dials[0]!.receiver.onClosed(new Error('refused'));
  assert.deepEqual(events, ['closed refused']);
});

test('whoever gives up hears the end once, after the call, and nothing is left running', () => {
  const { clock, dials, events, dial } = lab();
  const link = dial();
  clock.pass(250);
  link.close();
  link.destroy();
  assert.deepEqual(events, []);
  clock.pass(0);
  clock.pass(10_000);
  assert.deepEqual(events, ['closed well']);
  assert.ok(dials.every(({ isDestroyed }) => isDestroyed));
});

test('a link that stands after it was given up is ended, and nobody hears of it', () => {
  const { clock, dials, events, dial } = lab();
  dial().destroy();
  dials[0]!.receiver.onConnected();
  clock.pass(10_000);
  assert.deepEqual([events, dials.map(({ isDestroyed }) => isDestroyed)], [['closed well'], [true]]);
});

test('where only uTP is wanted, what it does not reach is not dialled over TCP', () => {
  const { clock, transport, events, unreached, dial, order } = lab('utp');
  unreached.add('utp');
  assert.equal(transport.reaches(FAR), false);
  dial();
  clock.pass(10_000);
  assert.deepEqual([order(), events], ['', ['closed uTP does not reach this address']]);
  transport.choice = 'both';
  assert.equal(transport.reaches(FAR), true);
  dial();
  assert.equal(order(), 'tcp');
});

test('uTP that has to be loaded joins in when it is, unless the race is over', () => {
  const { clock, dials, events, dial, order, unload, load } = lab();
  unload();
  dial();
  clock.pass(250);
  assert.equal(order(), 'tcp');
  dials[0]!.receiver.onClosed(new Error('refused'));
  load();
  assert.equal(order(), 'tcp utp');
  dials[1]!.receiver.onConnected();
  assert.deepEqual(events, ['connected']);
  dial();
  clock.pass(250);
  dials[2]!.receiver.onConnected();
  load();
  assert.equal(order(), 'tcp utp tcp');
});

test('one of both is dialled and accepted alone where a person wants that', () => {
  const { clock, transport, acceptors, dial, order } = lab('utp');
  transport.setAcceptor(() => {});
  assert.deepEqual(acceptors, { tcp: false, utp: true });
  dial();
  clock.pass(10_000);
  assert.equal(order(), 'utp');
  transport.choice = 'tcp';
  assert.deepEqual(acceptors, { tcp: true, utp: false });
  dial();
  clock.pass(10_000);
  assert.equal(order(), 'utp tcp');
  transport.choice = 'both';
  assert.deepEqual(acceptors, { tcp: true, utp: true });
});
