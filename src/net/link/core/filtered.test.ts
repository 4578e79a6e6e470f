// Denied addresses are not talked to over TCP or UDP, and others are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddress, type PeerAddress } from '../../../ground/address.ts';
import { Endpoint } from '../../../ground/endpoint.ts';
import { type Filter, NO_FILTER } from '../../../ground/filter.ts';
import type { Acceptor, DatagramReceiver, Datagrams, Link, Transport } from '../../../ground/ports.ts';
import { FilteredTransport, filterDatagrams } from './filtered.ts';

const BAD = '10.0.0.1';
const GOOD = '10.0.0.2';
const filter: Filter = {
  ...NO_FILTER,
  allowsAllHosts: false,
  denyHost: (host) => (host[3] === 1 ? { list: 'test', reason: 'spam' } : undefined),
};
const address = (host: string): PeerAddress => createAddress(host, 6881)!;

/** Time stands still: what is put off runs when the test says so. */
function createClock() {
  const actions: (() => void)[] = [];
  return {
    after: (_ms: number, action: () => void) => {
      actions.push(action);
      return { cancel: () => {} };
    },
    run: () => {
      for (const action of actions.splice(0)) action();
    },
  };
}

function createTransport() {
  const clock = createClock();
  const dialled: PeerAddress[] = [];
  const link = {} as Link;
  let acceptor: Acceptor | undefined;
  const inner: Transport = {
    reaches: () => true,
    dial: (to) => {
      dialled.push(to);
      return link;
    },
    setAcceptor: (next) => {
      acceptor = next;
    },
  };
  const transport = new FilteredTransport(inner, filter, clock);
  return {
    clock,
    dialled,
    link,
    transport,
    accept: (from: Link, host: string) => acceptor!(from, address(host)),
  };
}

test('a denied address is not dialled: the receiver hears why, after the call', () => {
  const { clock, dialled, link, transport } = createTransport();
  const heard: (string | undefined)[] = [];
  const receiver = {
    onConnected: () => assert.fail('it stands'),
    onData: () => assert.fail('it says something'),
    onClosed: (failure: Error | undefined) => heard.push(failure?.message),
  };
  const denied = transport.dial(address(BAD), receiver);
  const sent: boolean[] = [];
  denied.write(new Uint8Array(1), (isSent) => sent.push(isSent));
  assert.deepEqual([heard, sent], [[], []]);
  clock.run();
  assert.deepEqual(heard, ['the rules deny this address: spam (list "test")']);
  assert.deepEqual([sent, dialled], [[false], []]);
  assert.equal(transport.dial(address(GOOD), receiver), link);
  assert.deepEqual(dialled, [address(GOOD)]);
});

test('an overlay address has no host that could be denied', () => {
  const { dialled, transport } = createTransport();
  const receiver = { onConnected: () => {}, onData: () => {}, onClosed: () => {} };
  transport.dial({ network: 'onion', name: BAD }, receiver);
  assert.equal(dialled.length, 1);
});

test('a link from a denied address ends before anybody takes it', () => {
  const { transport, accept } = createTransport();
  const taken: PeerAddress[] = [];
  let destroyed = 0;
  const incoming = { destroy: () => destroyed++ } as unknown as Link;
  transport.setAcceptor((_link, from) => taken.push(from));
  accept(incoming, BAD);
  accept(incoming, GOOD);
  assert.deepEqual([taken, destroyed], [[address(GOOD)], 1]);
});

test('packets neither go to denied hosts nor come from them', () => {
  const sent: string[] = [];
  let receiver: DatagramReceiver | undefined;
  const inner: Datagrams = {
    hasSentAll: true,
    families: [4],
    portOf: () => 1,
    send: (_packet, to) => sent.push(to.host),
    sendKept: (_packet, to) => sent.push(`${to.host} kept`),
    setReceiver: (next) => {
      receiver = next;
    },
  };
  const datagrams = filterDatagrams(inner, filter);
  const heard: string[] = [];
  datagrams.setReceiver((_packet, from) => heard.push(from.host));
  for (const host of [BAD, GOOD]) {
    const endpoint = Endpoint.from(host, 6881)!;
    datagrams.send(new Uint8Array(1), endpoint);
    datagrams.sendKept(new Uint8Array(1), endpoint);
    receiver!(new Uint8Array(1), endpoint);
  }
  assert.deepEqual([sent, heard], [[GOOD, `${GOOD} kept`], [GOOD]]);
  datagrams.setReceiver(undefined);
  assert.equal(receiver, undefined);
});
