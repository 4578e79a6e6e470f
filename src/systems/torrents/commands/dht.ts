/** `shoal dht`: reads from the DHT and stores in it. One-shot commands send queries and answer none (BEP 43). */
import { formatCount } from '../../../ground/count.ts';
import { resolve } from 'node:path';
import { encodeBencode } from '../../../ground/bencode.ts';
import { fromHex, toHex, toUtf8 } from '../../../ground/bytes.ts';
import { decodeBencode, type BencodeValue } from '../../../ground/bencode.ts';
import { fromUtf8 } from '../../../ground/bytes.ts';
import type { Endpoint } from '../../../ground/endpoint.ts';
import { addressKey } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { randomBytes } from '../../../ground/node/random.ts';
import { parseMagnet } from '../../../data/content/magnet.ts';
import type { LookupResult } from '../../../net/dht/core/lookup.ts';
import type { Item, WriteResult } from '../../../net/dht/core/operations.ts';
import { signWithSeed } from '../../../net/dht/node/ed25519.ts';
import type { DhtService } from '../../../net/dht/node/service.ts';
import { immutableTarget, mutableTarget, signedBytes } from '../../../net/dht/wire/items.ts';
import { MAX_SALT_LENGTH, MAX_VALUE_LENGTH } from '../../../net/dht/wire/krpc.ts';
import { UdpPorts } from '../../../net/link/node/udp.ts';
import { startDht } from '../../../net/dht/node/start.ts';
import { defaultStateDir } from '../../../host/state/state-folder.ts';
import { StateDb } from '../state/state-db.ts';
import { openKeys } from '../../../cli/keys.ts';
import { type CommonOptions, createOutput } from '../../../cli/options.ts';
import { dhtOptions } from './open-peer.ts';
import type { Output } from '../../../cli/output.ts';
import { openStandingFilter } from '../../../cli/standing-filter.ts';
import { EXIT, runCommand } from '../../../cli/run.ts';
import { formatDuration, printable } from '../../../cli/terminal/format.ts';

export interface DhtCommandOptions extends CommonOptions {
  readonly timeout?: number;
  readonly key?: string;
  readonly salt?: string;
  readonly seq?: number;
  readonly cas?: number;
  readonly seed?: boolean;
  readonly announcePort?: number;
  readonly nodes?: number;
}

/** Bootstrap nodes that take longer count as silent. */
const READY_MS = 8000;
const DEFAULT_CRAWL_NODES = 300;
const MAX_CRAWL_NODES = 5000;
/** Polite: a crawl sends no more than this. */
const CRAWL_QUERIES_PER_SECOND = 40;

type Work = (dht: DhtService, output: Output, signal: AbortSignal) => Promise<number>;

/** Opens a DHT node, waits until another node has answered, does the work, and closes the node. */
async function withDht(options: DhtCommandOptions, isServing: boolean, work: Work): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async (signal) => {
    const state = StateDb.open(resolve(options.state ?? defaultStateDir()));
    const standing = await openStandingFilter(options);
    let udp: UdpPorts | undefined;
    let dht: DhtService | undefined;
    try {
      udp = await UdpPorts.open(options.port ?? 0);
      dht = startDht(udp, state, {
        ...(await dhtOptions(options)),
        filter: standing.filter,
        isReadOnly: !isServing,
      });
      output.detail(
        `asking ${formatCount(
          dht.status().reduce((sum, family) => sum + family.starts.length, 0),
          'known node',
        )}`,
      );
      if (!(await dht.waitUntilReady(READY_MS, signal)) && !signal.aborted && !isServing) {
        throw new ShoalError(
          'nothing-found',
          `no DHT node answered within ${READY_MS / 1000} s: check the network, or name a node with --dht-node HOST:PORT`,
        );
      }
      return await work(dht, output, signal);
    } finally {
      dht?.close();
      udp?.close();
      standing.close();
      state.close();
    }
  });
}

/** The 20 bytes of an info hash, or of that in a magnet link. */
function readHash(text: string): Uint8Array {
  const magnet = parseMagnet(text);
  if (!magnet.ok)
    throw new ShoalError(
      'bad-link',
      /^magnet:/i.test(text)
        ? `this magnet link cannot be read: ${magnet.error.message}`
        : `"${text}" is neither an info hash nor a magnet link: an info hash has 40 or 64 hex digits`,
    );
  return magnet.value.infoHashV1 ?? magnet.value.infoHashV2!.subarray(0, 20);
}

function readTarget(text: string): Uint8Array {
  const bytes = /^[0-9a-fA-F]{40}$/.test(text) ? fromHex(text) : undefined;
  if (bytes === undefined)
    throw new ShoalError('bad-argument', `"${text}" is not a target: a target has 40 hex digits`);
  return bytes;
}

export async function runDhtLookup(hash: string, options: DhtCommandOptions): Promise<void> {
  const infoHash = await checked(options, () => readHash(hash));
  if (infoHash === undefined) return;
  await withDht(options, false, async (dht, output, signal) => {
    const found = new Map<string, Endpoint>();
    const result = await dht.findPeers(infoHash, {
      wantsScrape: true,
      signal,
      onPeers: (peers) => {
        for (const peer of peers) {
          const key = addressKey(peer);
          if (found.has(key)) continue;
          found.set(key, peer);
          output.event('peer', { address: key });
          output.result(key);
        }
      },
    });
    const { queries, answers, seconds } = totals(result.lookups);
    const { scrape } = result;
    const estimate =
      scrape === undefined
        ? undefined
        : { seeds: Math.round(scrape.seeds), others: Math.round(scrape.peers) };
    output.event('done', { peers: found.size, queries, answers, seconds, ...estimate });
    const guess =
      estimate === undefined
        ? ''
        : `; by their filters about ${formatCount(estimate.seeds, 'seed')} and ${formatCount(estimate.others, 'other')}`;
    output.info(
      `${formatCount(found.size, 'peer')}, ${answers} of ${formatCount(queries, 'node')} answered in ${seconds.toFixed(1)} s${guess}`,
    );
    return found.size > 0 ? EXIT.done : EXIT.nothingFound;
  });
}

export async function runDhtAnnounce(hash: string, options: DhtCommandOptions): Promise<void> {
  const infoHash = await checked(options, () => readHash(hash));
  if (infoHash === undefined) return;
  const port = options.announcePort;
  await withDht(options, false, async (dht, output, signal) => {
    if (port === undefined || port === 0) {
      throw new ShoalError(
        'bad-argument',
        'a peer cannot be reached on port 0: name its TCP port with --announce-port',
      );
    }
    const results = await dht.announce(infoHash, {
      port,
      isSeed: options.seed === true,
      onPeers: () => {},
      signal,
    });
    return reportWrite(output, 'announced', results, { infoHash: toHex(infoHash), port });
  });
}

export async function runDhtGet(target: string, options: DhtCommandOptions): Promise<void> {
  const bytes = await checked(options, () => readTarget(target));
  if (bytes === undefined) return;
  await withDht(options, false, async (dht, output, signal) => {
    const salt = options.salt === undefined ? undefined : toUtf8(options.salt);
    const { item, lookups } = await dht.getItem(bytes, { salt, signal });
    const { queries, answers, seconds } = totals(lookups);
    if (item === undefined) {
      throw new ShoalError(
        'nothing-found',
        `no node has it (${answers} of ${queries} answered in ${seconds.toFixed(1)} s); a mutable item that was put with a salt needs --salt`,
      );
    }
    const shown = showValue(item.value);
    output.event('item', { target, ...describeItem(item), value: shown.json, queries, seconds });
    output.result(printable(shown.text));
    if (item.key !== undefined) output.info(`sequence ${item.sequence}, signed by ${toHex(item.key)}`);
    return EXIT.done;
  });
}

export async function runDhtPut(value: string, options: DhtCommandOptions): Promise<void> {
  await withDht(options, false, async (dht, output, signal) => {
    const bencoded = encodeBencode(value);
    if (bencoded.length >= MAX_VALUE_LENGTH)
      throw new ShoalError(
        'bad-argument',
        `the value has ${bencoded.length} bytes, ${MAX_VALUE_LENGTH - 1} are the most (BEP 44)`,
      );
    const item = await makeItem(dht, bencoded, options, signal);
    const target =
      item.key === undefined
        ? immutableTarget(bencoded, nodeHasher)
        : mutableTarget(item.key, item.salt, nodeHasher);
    const results = await dht.putItem(item, { cas: options.cas, signal });
    return reportWrite(
      output,
      'put',
      results,
      { target: toHex(target), ...describeItem(item) },
      toHex(target),
    );
  });
}

async function makeItem(
  dht: DhtService,
  value: Uint8Array,
  options: DhtCommandOptions,
  signal: AbortSignal,
): Promise<Item> {
  if (options.key === undefined) {
    if (options.salt !== undefined || options.seq !== undefined || options.cas !== undefined)
      throw new ShoalError('bad-argument', '--salt, --seq and --cas are for mutable items: add --key NAME');
    return { value };
  }
  const { seed, publicKey } = await openKeys(options).load(options.key);
  const salt = options.salt === undefined ? undefined : toUtf8(options.salt);
  if (salt !== undefined && salt.length > MAX_SALT_LENGTH)
    throw new ShoalError('bad-argument', `a salt has ${MAX_SALT_LENGTH} bytes at most (BEP 44)`);
  let sequence = options.seq;
  if (sequence === undefined) {
    const before = await dht.getItem(mutableTarget(publicKey, salt, nodeHasher), { salt, signal });
    sequence = (before.item?.sequence ?? 0) + 1;
  }
  const signature = signWithSeed(seed, signedBytes(salt, sequence, value));
  return { value, key: publicKey, sequence, signature, ...(salt === undefined ? {} : { salt }) };
}

function describeItem(item: Item): object {
  if (item.key === undefined) return { mutable: false };
  return { mutable: true, key: toHex(item.key), sequence: item.sequence };
}

/** Text as text, all other values as JSON with bytes in hex. */
function showValue(value: Uint8Array): { readonly text: string; readonly json: unknown } {
  const decoded = decodeBencode(value, { maxDepth: 16, maxValues: 1000 });
  if (!decoded.ok) return { text: toHex(value), json: { hex: toHex(value) } };
  const json = toJson(decoded.value.value);
  return { text: typeof json === 'string' ? json : JSON.stringify(json), json };
}

function toJson(value: BencodeValue): unknown {
  if (value instanceof Uint8Array) {
    const text = fromUtf8(value);
    return text !== undefined && !/[\u0000-\u0008\u000e-\u001f]/.test(text) ? text : { hex: toHex(value) };
  }
  if (Array.isArray(value)) return value.map(toJson);
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, entry]) => [key, toJson(entry)]));
  return typeof value === 'bigint' ? value.toString() : value;
}

export async function runDhtSample(options: DhtCommandOptions): Promise<void> {
  await withDht(options, false, async (dht, output, signal) => {
    const seen = new Set<string>();
    let held = 0;
    const lookups = await dht.sample(randomBytes(20), {
      signal,
      onSample: ({ from, samples, count, intervalSeconds }) => {
        held += count;
        output.event('sample', {
          node: addressKey(from.endpoint),
          infoHashes: samples.map(toHex),
          count,
          intervalSeconds,
        });
        for (const sample of samples) {
          const hex = toHex(sample);
          if (seen.has(hex)) continue;
          seen.add(hex);
          output.result(hex);
        }
      },
    });
    const { queries, answers, seconds } = totals(lookups);
    output.event('done', { infoHashes: seen.size, held, queries, answers, seconds });
    output.info(
      `${formatCount(seen.size, 'info hash', 'info hashes')} of ${held} at ${formatCount(answers, 'node')}`,
    );
    return seen.size > 0 ? EXIT.done : EXIT.nothingFound;
  });
}

export async function runDhtStatus(options: DhtCommandOptions): Promise<void> {
  await withDht(options, true, async (dht, output, signal) => {
    await dht.waitUntilReady(READY_MS, signal);
    // Starts that answer late still count.
    await new Promise((resolveWait) => setTimeout(resolveWait, 1500));
    let isAlive = false;
    for (const family of dht.status()) {
      isAlive ||= family.good > 0;
      output.event('status', { ...family, id: toHex(family.id) });
      const outside =
        family.externalHost === undefined ? '' : `, seen from outside as ${family.externalHost}`;
      output.result(
        `IPv${family.family}: ${formatCount(family.good, 'good node')} of ${family.live}, id ${toHex(family.id)}${outside}`,
      );
      for (const start of family.starts) {
        if (start.kind === 'saved') continue;
        output.result(
          `  ${start.answered ? 'answered  ' : start.address === '' ? 'no address' : 'no answer '} ${printable(start.name)} (${start.kind})`,
        );
      }
      const saved = family.starts.filter((start) => start.kind === 'saved');
      if (saved.length > 0) {
        const answered = saved.filter((start) => start.answered).length;
        output.result(`  of ${formatCount(saved.length, 'node')} of last time ${answered} answered`);
      }
    }
    return isAlive ? EXIT.done : EXIT.nothingFound;
  });
}

/** Walks through the key space from lookup to lookup, and counts nodes and info hashes. */
export async function runDhtCrawl(options: DhtCommandOptions): Promise<void> {
  const limit = Math.min(options.nodes ?? DEFAULT_CRAWL_NODES, MAX_CRAWL_NODES);
  await withDht(
    { ...options, queriesPerSecond: CRAWL_QUERIES_PER_SECOND },
    false,
    async (dht, output, signal) => {
      const met = new Set<string>();
      const infoHashes = new Set<string>();
      const started = performance.now();
      let idle = 0;
      while (met.size < limit && idle < 5 && !signal.aborted) {
        const before = met.size;
        await dht.sample(randomBytes(20), {
          signal,
          onSample: ({ from, samples, count }) => {
            if (met.size >= limit) return;
            const key = addressKey(from.endpoint);
            if (met.has(key)) return;
            met.add(key);
            for (const sample of samples) infoHashes.add(toHex(sample));
            output.event('node', { address: key, id: toHex(from.id), infoHashes: count });
          },
        });
        idle = met.size === before ? idle + 1 : 0;
        output.info(
          `${formatCount(met.size, 'node')}, ${formatCount(infoHashes.size, 'info hash', 'info hashes')}`,
        );
      }
      const seconds = (performance.now() - started) / 1000;
      output.event('done', { nodes: met.size, infoHashes: infoHashes.size, seconds });
      output.result(
        `met ${formatCount(met.size, 'node')} and ${formatCount(infoHashes.size, 'info hash', 'info hashes')} in ${formatDuration(seconds)}`,
      );
      return met.size > 0 ? EXIT.done : EXIT.nothingFound;
    },
  );
}

function reportWrite(
  output: Output,
  event: string,
  results: readonly WriteResult[],
  fields: object,
  line?: string,
): number {
  const stored = results.reduce((sum, result) => sum + result.stored, 0);
  const asked = results.reduce((sum, result) => sum + result.asked, 0);
  const refusal = results.find((result) => result.refusal !== undefined)?.refusal;
  if (stored === 0) {
    if (refusal !== undefined) {
      throw new ShoalError(
        'refused',
        `the nodes refused it: ${printable(refusal.message)} (${refusal.code})`,
      );
    }
    throw new ShoalError('nothing-found', `none of ${formatCount(asked, 'node')} took it`);
  }
  output.event(event, { ...fields, stored, asked });
  if (line !== undefined) output.result(line);
  output.info(`kept by ${stored} of the ${formatCount(asked, 'nearest node')}`);
  return EXIT.done;
}

function totals(lookups: readonly LookupResult[]): { queries: number; answers: number; seconds: number } {
  return {
    queries: lookups.reduce((sum, lookup) => sum + lookup.queries, 0),
    answers: lookups.reduce((sum, lookup) => sum + lookup.answers, 0),
    seconds: Number((Math.max(0, ...lookups.map((lookup) => lookup.durationMs)) / 1000).toFixed(3)),
  };
}

/** Reads an argument; an error in it is reported as for any command. */
async function checked<T>(options: DhtCommandOptions, read: () => T): Promise<T | undefined> {
  try {
    return read();
  } catch (error) {
    await runCommand(createOutput(options), () => Promise.reject(error));
    return undefined;
  }
}
