// The HTTP API under requests that its own description makes, right and wrong; a thousand listeners; crashes.
import assert from 'node:assert/strict';
import { get as httpGet } from 'node:http';
import { after, before, test } from 'node:test';
import { createPrng } from '../../src/ground/prng.ts';
import type { Prng } from '../../src/ground/ports.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { waitFor } from '../../testkit/wait.ts';

let bench: Bench;
before(async () => {
  bench = await Bench.open();
});
after(() => bench.close());

type Schema = Readonly<Record<string, unknown>>;

const TEXTS: readonly string[] = [
  '',
  'a',
  '../..',
  '\u0000',
  'ü'.repeat(300),
  '{}',
  'magnet:?xt=urn:btih:zz',
  `magnet:?xt=urn:btih:${'ab'.repeat(20)}`,
  '12:30',
  '99:99',
  'udp://a/b',
  'null',
];
const ODD: readonly unknown[] = [null, true, -1, 0, 1.5, 1e300, '', 'x', [], {}, [[]], { a: 1 }];

/** Something that a schema allows, mostly. */
function make(schema: Schema, prng: Prng, depth = 0): unknown {
  if (prng.below(8) === 0 || depth > 4) return ODD[prng.below(ODD.length)];
  if (Array.isArray(schema.enum)) return schema.enum[prng.below(schema.enum.length)];
  const types = [schema.type].flat();
  switch (types[prng.below(types.length)]) {
    case 'integer':
      return ((schema.minimum as number | undefined) ?? -5) + prng.below(2000);
    case 'number':
      return prng.fraction() * 10;
    case 'boolean':
      return prng.below(2) === 0;
    case 'string':
      return TEXTS[prng.below(TEXTS.length)];
    case 'array':
      return Array.from({ length: prng.below(4) }, () =>
        make((schema.items as Schema) ?? {}, prng, depth + 1),
      );
    case 'object': {
      const given = Object.entries((schema.properties as Readonly<Record<string, Schema>>) ?? {}).filter(
        () => prng.below(3) > 0,
      );
      return Object.fromEntries(given.map(([name, part]) => [name, make(part, prng, depth + 1)]));
    }
    default:
      return null;
  }
}

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly schema: Schema }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
}

test('requests made from the description, right and wrong, find no fault of ours', async () => {
  const daemon = await Daemon.up(bench, 'fuzz');
  await daemon.ask('POST', 'shares', { path: await bench.makeData('fuzzed') });
  const { paths } = (await (await daemon.fetch('/api/v1/openapi.json')).json()) as {
    paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  };
  const prng = createPrng(11);
  const seen = new Map<number, number>();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      if (path.endsWith('/down') || path.endsWith('/events')) continue;
      for (let round = 0; round < 60; round++) {
        const values = (operation.parameters ?? []).map(({ name, in: where, schema }) => ({
          name,
          where,
          value: make(schema, prng),
        }));
        let target = path.replace('{path}', encodeURIComponent(TEXTS[prng.below(TEXTS.length)]!));
        const query = new URLSearchParams();
        for (const { name, where, value } of values) {
          const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
          if (where === 'path')
            target = target.replace(
              `{${name}}`,
              round % 3 === 0 && name === 'id' ? '1' : encodeURIComponent(text),
            );
          else query.set(name, text);
        }
        const schema = operation.requestBody?.content['application/json']?.schema;
        const body = schema === undefined ? undefined : JSON.stringify(make(schema, prng));
        const response = await daemon.fetch(`${target}?${query}`, {
          method: method.toUpperCase(),
          ...(body === undefined ? {} : { body, headers: { 'content-type': 'application/json' } }),
        });
        const answer = await response.text();
        assert.ok(response.status < 500, `${method} ${target} ${body}: ${response.status} ${answer}`);
        seen.set(response.status, (seen.get(response.status) ?? 0) + 1);
      }
    }
  }
  console.log(
    `  answers: ${[...seen]
      .sort(([a], [b]) => a - b)
      .map(([status, count]) => `${status} × ${count}`)
      .join(', ')}`,
  );
  assert.ok((seen.get(200) ?? 0) > 100 && (seen.get(400) ?? 0) > 100);
  // Broken bodies, methods that nobody has, addresses that are none.
  for (const body of ['{', '[]', '"', '\u0000', `{"link":${'['.repeat(10_000)}`]) {
    const headers = { 'content-type': 'application/json' };
    const response = await daemon.fetch('/api/v1/shares', { method: 'POST', headers, body });
    assert.equal(response.status, 400, body.slice(0, 20));
  }
  for (const path of [
    '/api/v1/',
    '/api/v1/shares/1/nothing',
    '/files/x/y',
    '/%ff',
    '/api/v2/torrents/nothing',
    '/..%2f..%2fetc/passwd',
  ]) {
    const { status } = await daemon.fetch(path);
    assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
  }
  const health = await fetch(new URL('/health', daemon.url));
  assert.equal(health.status, 200);
  // It is open to every account of the machine: it tells nothing of the shares.
  assert.deepEqual(Object.keys((await health.json()) as object).sort(), ['status', 'version']);
  await daemon.stop();
});

test('a thousand listen to the events, and all of them hear', async () => {
  const daemon = await Daemon.up(bench, 'listeners');
  const headers = { authorization: `Bearer ${daemon.token}` };
  const LISTENERS = 1000;
  let heard = 0;
  let open = 0;
  const requests = Array.from({ length: LISTENERS }, () =>
    httpGet(new URL('/api/v1/events', daemon.url), { agent: false, headers }, (response) => {
      open++;
      response.setEncoding('utf8');
      let hasHeard = false;
      response.on('data', (text: string) => {
        if (hasHeard || !text.includes('Announced')) return;
        hasHeard = true;
        heard++;
      });
    }).on('error', () => {}),
  );
  const explain = (): string => `${open} open, ${heard} heard`;
  await waitFor(() => open === LISTENERS, 'all are open', { explain });
  const from = performance.now();
  await daemon.ask('POST', 'shares', {
    link: `magnet:?xt=urn:btih:${'12'.repeat(20)}&dn=Announced`,
    isPaused: true,
  });
  await waitFor(() => heard === LISTENERS, 'all have heard', { explain });
  console.log(`  ${LISTENERS} heard after ${Math.round(performance.now() - from)} ms`);
  for (const request of requests) request.destroy();
  await daemon.stop();
});

/** Fewer here than in the long run: CRASHES=200 SHARES=500 node --test test/house/api.test.ts */
const CRASHES = Number(process.env.CRASHES ?? 12);
const SHARES = Number(process.env.SHARES ?? 60);

test('killed at random under load, it loses no share, no setting and no byte', async () => {
  const data = await bench.makeData('crash-origin');
  const seed = bench.shoal(['share', data, '--port', '0', '--limit-up', '1M']);
  const magnet = (await seed.event('ready')).magnet as string;
  const prng = createPrng(Number(process.env.SEED ?? 5));
  let daemon = await Daemon.up(bench, 'crash');
  const ask = async (method: string, path: string, body?: object): Promise<Record<string, unknown>> =>
    (await daemon.answer(method, path, body)).answer;
  /** An answer holds from then on. */
  const labels = new Map<number, string>();
  for (let i = 0; i < SHARES; i++) {
    const hash = (i + 1).toString(16).padStart(40, '0');
    const { id } = await ask('POST', 'shares', {
      link: `magnet:?xt=urn:btih:${hash}&dn=Share+${i}`,
      isPaused: i % 2 === 0,
    });
    labels.set(id as number, '');
  }
  const { id: fetched } = await ask('POST', 'shares', { link: magnet });
  labels.set(fetched as number, '');
  let limit: number | undefined;
  for (let crash = 0; crash < CRASHES; crash++) {
    let isOver = false;
    const killing = new Promise((resolve) => setTimeout(resolve, 50 + prng.below(400))).then(() => {
      isOver = true;
      daemon.program.child.kill('SIGKILL');
    });
    const ids = [...labels.keys()];
    while (!isOver) {
      const id = ids[prng.below(ids.length)]!;
      const label = `l${prng.below(1000)}`;
      const wish = 20_000 + prng.below(1_000_000);
      // A request in flight when the daemon dies may count or not. An answered one must count.
      const answer = await ask('PATCH', `shares/${id}`, {
        labels: [label],
        isPaused: prng.below(2) === 0 && id !== fetched,
      }).catch(() => undefined);
      if (answer?.id === id) labels.set(id, label);
      else labels.set(id, '?');
      const set = await ask('PATCH', 'settings', { slowUploadLimit: wish }).catch(() => undefined);
      limit = set === undefined ? undefined : wish;
    }
    await killing;
    await daemon.program.exited;
    daemon = await Daemon.up(bench, 'crash');
    const { shares } = (await ask('GET', 'shares')) as {
      shares: { id: number; labels: string[]; doneBytes: number }[];
    };
    assert.equal(shares.length, labels.size, `after crash ${crash}`);
    for (const { id, labels: told } of shares) {
      const expected = labels.get(id);
      if (expected === '?') labels.set(id, told[0] ?? '');
      else assert.equal(told[0] ?? '', expected, `the label of share ${id} after crash ${crash}`);
    }
    if (limit !== undefined) assert.equal((await ask('GET', 'settings')).slowUploadLimit, limit);
  }
  await ask('PATCH', `shares/${fetched}`, { isPaused: false });
  let share: Record<string, unknown> = {};
  await waitFor(
    async () => {
      share = await ask('GET', `shares/${fetched}`);
      return share.phase === 'seeding';
    },
    'fetched in the end',
    { explain: () => `${String(share.doneBytes)} bytes, ${String(share.phase)}` },
  );
  console.log(`  ${CRASHES} crashes with ${labels.size} shares`);
  await daemon.stop();
});
