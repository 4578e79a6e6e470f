// Swarms of peers with policies for encryption in virtual time: who meets whom, how, and what becomes of those who lie.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENCRYPTION_POLICIES, type EncryptionPolicy } from '../../src/net/encryption/core/policy.ts';
import { encodeChoice, hashSkey, Secrets } from '../../src/net/encryption/wire/handshake.ts';
import { publicKeyOf, sharedSecretOf } from '../../src/net/encryption/wire/key-exchange.ts';
import { concatBytes } from '../../src/ground/bytes.ts';
import { nodeHasher } from '../../src/ground/node/hasher.ts';
import type { Link } from '../../src/ground/ports.ts';
import { encodeHandshake } from '../../src/systems/torrents/swarm/wire/handshake.ts';
import { SwarmSim } from './swarm-sim.ts';
import type { SimPeer } from './sim-peer.ts';
import { SimTransport } from '../world/streams.ts';
import { mapLinks } from '../world/upgrade.ts';

const MIB = 1024 * 1024;

/** How the first connection to another peer that is open goes; undefined without one. */
function encryptionOf(node: SimPeer): string | undefined {
  const open = [...node.swarm.peers.values()].find((peer) => peer.isOpen);
  return open && (node.driver.encryptionOf(open.id) ?? 'none');
}

/** Who dials is the row, who seeds the column. */
const MEETINGS: Readonly<Record<EncryptionPolicy, readonly (string | undefined)[]>> = {
  off: ['none', 'none', 'none', undefined],
  allowed: ['none', 'none', 'none', 'rc4'],
  preferred: ['none', 'plaintext', 'rc4', 'rc4'],
  required: [undefined, 'rc4', 'rc4', 'rc4'],
};

for (const [seed, dialler] of ENCRYPTION_POLICIES.entries()) {
  for (const [column, listener] of ENCRYPTION_POLICIES.entries()) {
    const expected = MEETINGS[dialler][column];
    test(`${dialler} dials ${listener}: ${expected ?? 'they do not meet'}`, async () => {
      const sim = new SwarmSim({ seed: 20 + seed, peers: 0, sizeBytes: MIB, version: 'hybrid' });
      const seeder = sim.addNode(1, { data: sim.share.pieces, encryption: listener, uploadLimit: 200_000 });
      const fetcher = sim.addNode(2, { encryption: dialler });
      for (const node of sim.nodes) node.start();
      fetcher.learn([SwarmSim.address(1)]);
      let met: string | undefined;
      const look = (): boolean => {
        met ??= encryptionOf(fetcher);
        return fetcher.completedAt !== undefined;
      };
      await sim.world.runAsync(120_000, look);
      assert.deepEqual([met, look()], [expected, expected !== undefined]);
      if (expected === undefined) assert.equal(seeder.swarm.uploaded.total, 0);
    });
  }
}

test('a swarm of all policies but off fetches under resets, and never a plain byte of those who require it', async () => {
  const sim = new SwarmSim({ seed: 31, peers: 0, sizeBytes: 2 * MIB });
  const policies: readonly EncryptionPolicy[] = ['required', 'allowed', 'preferred'];
  const plain: string[] = [];
  const look = mapLinks((link) => ({
    write: (bytes, taken) => {
      if (bytes[0] === 19 && bytes[1] === 66) plain.push('a plain handshake');
      link.write(bytes, taken);
    },
  }));
  for (let n = 1; n <= 12; n++) {
    const encryption = policies[n % 3]!;
    const upgrade = encryption === 'required' ? { upgrade: look } : {};
    sim.addNode(n, { ...(n <= 2 ? { data: sim.share.pieces } : {}), encryption, ...upgrade });
  }
  for (const node of sim.nodes) node.start();
  const addresses = sim.nodes.map(({ address }) => address);
  for (const node of sim.nodes) node.learn(addresses.filter((address) => address !== node.address));
  for (let second = 1; second <= 20; second++) sim.world.at(second * 500, () => sim.network.resetOne());
  const isDone = (): boolean => sim.nodes.every((node) => node.isSeed || node.completedAt !== undefined);
  await sim.world.runAsync(600_000, isDone);
  assert.ok(isDone());
  assert.deepEqual(plain, []);
  assert.deepEqual(
    sim.nodes.flatMap(({ banned }) => banned),
    [],
  );
});

// Those who lie.

interface Line {
  readonly link: Link;
  readonly heard: Uint8Array[];
  closedAt: number | undefined;
}

/** A seed that takes encrypted links, and a stranger's link to it. */
function attack(seed: number): { readonly sim: SwarmSim; readonly line: Line; readonly skey: Uint8Array } {
  const sim = new SwarmSim({ seed, peers: 0, sizeBytes: MIB });
  sim.addNode(1, { data: sim.share.pieces, encryption: 'allowed' }).start();
  const stranger = SwarmSim.address(9);
  sim.network.add(stranger, { up: 1e6, down: 1e6, delayMs: 5 });
  const line: Line = {
    heard: [],
    closedAt: undefined,
    link: new SimTransport(sim.network, stranger).dial(SwarmSim.address(1), {
      onConnected: () => {},
      onData: (chunk) => void line.heard.push(chunk.slice()),
      onClosed: () => {
        line.closedAt = sim.world.now;
      },
    }),
  };
  return { sim, line, skey: sim.share.metainfo.infoHashV1! };
}

const OWN = new Uint8Array(20).fill(3);
const heardBytes = ({ heard }: Line): Uint8Array => concatBytes(heard);

/** Sends a key, and returns the ciphers once the answer is here. */
async function exchangeKeys(sim: SwarmSim, line: Line): Promise<Secrets> {
  await sim.world.runAsync(sim.world.now + 100);
  line.link.write(publicKeyOf(OWN));
  await sim.world.runAsync(sim.world.now + 2000);
  return new Secrets(nodeHasher, sharedSecretOf(OWN, heardBytes(line).subarray(0, 96))!);
}

test('a handshake of a byte a second ends after ten seconds', async () => {
  const { sim, line } = attack(41);
  for (let second = 0; second < 60; second++)
    sim.world.at(100 + second * 1000, () => line.link.write(Uint8Array.of(200)));
  await sim.world.runAsync(60_000, () => line.closedAt !== undefined);
  assert.ok(line.closedAt! < 12_000, `${line.closedAt}`);
  assert.equal(line.heard.length, 0, 'nothing is said to who names no key');
});

test('an encrypted handshake and a plain one within it have the time of one', async () => {
  const { sim, line, skey } = attack(42);
  const secrets = await exchangeKeys(sim, line);
  const choice = encodeChoice(2, 0, 68);
  const cipher = secrets.cipher('initiator', skey);
  cipher.transform(choice, choice);
  line.link.write(concatBytes([secrets.marker, secrets.cover(hashSkey(nodeHasher, skey)), choice]));
  for (let second = 1; second < 60; second++)
    sim.world.at(second * 1000, () => {
      const byte = Uint8Array.of(second === 1 ? 19 : 66);
      cipher.transform(byte, byte);
      line.link.write(byte);
    });
  await sim.world.runAsync(60_000, () => line.closedAt !== undefined);
  assert.ok(line.closedAt! < 12_000, `${line.closedAt}`);
});

test('an endless padding ends where no padding may be', async () => {
  const { sim, line } = attack(43);
  await exchangeKeys(sim, line);
  const began = sim.world.now;
  line.link.write(new Uint8Array(100_000));
  await sim.world.runAsync(60_000, () => line.closedAt !== undefined);
  assert.ok(line.closedAt! < began + 2000, `${line.closedAt}`);
});

test('a wrong constant, a share that is not here and a handshake for another share end the link', async () => {
  const say = async (
    seed: number,
    change: (choice: Uint8Array, secrets: Secrets, skey: Uint8Array) => Uint8Array,
  ) => {
    const { sim, line, skey } = attack(seed);
    const secrets = await exchangeKeys(sim, line);
    const before = heardBytes(line).length;
    const began = sim.world.now;
    line.link.write(change(encodeChoice(2, 0, 68), secrets, skey));
    await sim.world.runAsync(60_000, () => line.closedAt !== undefined);
    assert.ok(line.closedAt! < began + 2000, `${line.closedAt}`);
    return heardBytes(line).length - before;
  };
  const opening = (secrets: Secrets, skey: Uint8Array, rest: Uint8Array): Uint8Array => {
    secrets.cipher('initiator', skey).transform(rest, rest);
    return concatBytes([secrets.marker, secrets.cover(hashSkey(nodeHasher, skey)), rest]);
  };
  const wrongConstant = await say(44, (choice, secrets, skey) => {
    choice[3] = 1;
    return opening(secrets, skey, choice);
  });
  assert.equal(wrongConstant, 0, 'nothing more is said');
  const stranger = new Uint8Array(20).fill(5);
  assert.equal(await say(45, (choice, secrets) => opening(secrets, stranger, choice)), 0);
  const handshake = encodeHandshake({
    infoHash: stranger,
    peerId: new Uint8Array(20).fill(6),
    supportsExtensions: true,
    supportsFast: true,
    supportsV2: false,
  });
  const answered = await say(46, (choice, secrets, skey) =>
    opening(secrets, skey, concatBytes([choice, handshake])),
  );
  assert.ok(answered <= 14 + 512, 'the encrypted handshake may be answered, the other one is not');
});

test('what one peer said, played back to it, gets no answer to the share', async () => {
  const first = attack(47);
  const secrets = await exchangeKeys(first.sim, first.line);
  const choice = encodeChoice(2, 0, 0);
  secrets.cipher('initiator', first.skey).transform(choice, choice);
  const recorded = concatBytes([secrets.marker, secrets.cover(hashSkey(nodeHasher, first.skey)), choice]);
  const key = heardBytes(first.line).subarray(0, 96);
  const { sim, line } = attack(48);
  await exchangeKeys(sim, line);
  assert.notDeepEqual(heardBytes(line).subarray(0, 96), key, 'its key is another one');
  const before = heardBytes(line).length;
  line.link.write(concatBytes([recorded, new Uint8Array(600)]));
  await sim.world.runAsync(60_000, () => line.closedAt !== undefined);
  assert.equal(heardBytes(line).length, before);
  assert.ok(line.closedAt !== undefined);
});

/** A listener that is dialled by a peer which requires encryption; returns how that ended, and when. */
async function listen(seed: number, answer: (sim: SwarmSim, link: Link) => void) {
  const sim = new SwarmSim({ seed, peers: 0, sizeBytes: MIB });
  const ends: { readonly code: string; readonly message: string; readonly at: number }[] = [];
  const fetcher = sim.addNode(1, {
    encryption: 'required',
    onEvent: (event) => {
      if (event.type !== 'closed') return;
      const { code, message } = event.blame;
      ends.push({ code, message, at: sim.world.now });
    },
  });
  fetcher.start();
  const liar = SwarmSim.address(9);
  sim.network.add(liar, { up: 1e6, down: 1e6, delayMs: 5 });
  new SimTransport(sim.network, liar).setAcceptor((link) => {
    link.setReceiver({ onConnected: () => {}, onData: () => {}, onClosed: () => {} });
    answer(sim, link);
  });
  fetcher.learn([liar]);
  await sim.world.runAsync(60_000, () => ends.length > 0);
  return ends[0]!;
}

test('who answers an encrypted dial with a byte a second is given up', async () => {
  const end = await listen(51, (sim, link) => {
    for (let second = 1; second < 60; second++)
      sim.world.at(sim.world.now + second * 1000, () => link.write(Uint8Array.of(200)));
  });
  assert.equal(end.code, 'peer-silent');
  assert.ok(end.at < 25_000, `${end.at}`);
});

test('who answers an encrypted dial with endless padding, or with a plain handshake, is given up', async () => {
  const key = publicKeyOf(OWN);
  const padding = await listen(52, (_, link) => link.write(concatBytes([key, new Uint8Array(100_000)])));
  assert.match(padding.message, /nothing of an encrypted handshake comes within 512 bytes/);
  const plain = encodeHandshake({
    infoHash: new Uint8Array(20),
    peerId: new Uint8Array(20),
    supportsExtensions: true,
    supportsFast: true,
    supportsV2: false,
  });
  const end = await listen(53, (_, link) => {
    link.write(plain);
    link.write(new Uint8Array(2000));
  });
  assert.match(end.message, /the encrypted handshake failed/);
});
