// The OpenAPI document lists every route, and what the daemon answers fits what the document says.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { CATALOG } from '../../src/app/catalog.ts';
import { Bench } from '../../testkit/bench.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { waitFor } from '../../testkit/wait.ts';

let bench: Bench;
let daemon: Daemon;
before(async () => {
  bench = await Bench.open();
  const systems = CATALOG.flatMap(({ name }) => ['--system', name]);
  daemon = await Daemon.up(bench, 'described', '--no-dht', '--no-lsd', ...systems);
});
after(async () => {
  await daemon?.stop();
  await bench.close();
});

interface Operation {
  readonly summary: string;
  readonly operationId: string;
  readonly responses: Readonly<
    Record<
      string,
      {
        readonly description: string;
        readonly content?: Readonly<Record<string, { readonly schema: object }>>;
      }
    >
  >;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

async function readDocument(): Promise<{ readonly openapi: string; readonly paths: Paths }> {
  return (await (await daemon.fetch('/api/v1/openapi.json')).json()) as { openapi: string; paths: Paths };
}

const ajv = new Ajv2020({ strict: false, allErrors: true, formats: { 'date-time': isTime } });

function isTime(text: string): boolean {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) && !Number.isNaN(Date.parse(text));
}

function requireFits(schema: object, answer: unknown, what: string): void {
  const check = ajv.compile(schema);
  assert.ok(
    check(answer),
    `${what}: ${ajv.errorsText(check.errors)}: ${JSON.stringify(answer).slice(0, 500)}`,
  );
}

/** Of the share that the daemon holds in this test. */
const VALUES: Readonly<Record<string, string>> = { id: '1', file: '0', name: 'torrents' };
/** Of routes that must be asked something. */
const QUERIES: Readonly<Record<string, string>> = {
  '/api/v1/rules/check': `?what=${'ab'.repeat(20)}`,
};
const isStream = ({ responses }: Operation): boolean =>
  responses['200']?.content?.['text/event-stream'] !== undefined;

test('every route says what it does, in a sentence, under a name of its own', async () => {
  const { openapi, paths } = await readDocument();
  assert.equal(openapi, '3.1.0');
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods));
  assert.ok(operations.length > 30, `${operations.length} routes`);
  for (const { summary, operationId, responses } of operations) {
    assert.match(summary, /^[A-Z].+\.$/, operationId);
    assert.ok(
      Object.keys(responses).some((status) => status.startsWith('2')),
      `${operationId} never succeeds`,
    );
    for (const { description } of Object.values(responses))
      assert.match(description, /^[A-Z].+\.$/, operationId);
  }
  assert.equal(new Set(operations.map(({ operationId }) => operationId)).size, operations.length);
});

test('the answer of each GET fits its schema', async () => {
  const data = await bench.makeData('described');
  await daemon.ask('POST', 'shares', { path: data, trackers: ['http://127.0.0.1:9/announce'] });
  await daemon.ask('PATCH', 'shares/1', { labels: ['described'] });
  const feeds = [{ url: 'http://127.0.0.1:9/feed', words: '', label: null }];
  const schedule = [{ days: [0, 6], from: '22:00', to: '06:00', mode: 'slow' }];
  const labels = { described: { uploadLimit: 20_000, folder: null } };
  await daemon.ask('PATCH', 'settings', { feeds, schedule, labels });
  await waitFor(
    async () => (await daemon.answer('GET', 'shares/1')).answer.phase === 'seeding',
    'the share is whole',
  );
  const { paths } = await readDocument();
  let answers = 0;
  for (const [path, { get }] of Object.entries(paths)) {
    // Streams do not end.
    if (get === undefined || isStream(get)) continue;
    const target = path.replace(/\{(\w+)\}/g, (_, name: string) => {
      assert.ok(VALUES[name] !== undefined, `${path}: the test has no value for ${name}`);
      return VALUES[name]!;
    });
    const response = await daemon.fetch(`${target}${QUERIES[path] ?? ''}`);
    assert.equal(response.status, 200, `${target}: ${response.status}`);
    const content = get.responses['200']?.content ?? {};
    const type = response.headers.get('content-type')?.split(';')[0] ?? '';
    assert.ok(content[type] !== undefined || type === 'video/mp4', `${target} is ${type}`);
    if (type !== 'application/json') {
      await response.arrayBuffer();
      continue;
    }
    requireFits(content[type]!.schema, await response.json(), target);
    answers++;
  }
  assert.ok(answers > 15, `${answers} answers`);
});

test('what is refused fits as well', async () => {
  const { paths } = await readDocument();
  for (const [path, target] of [
    ['/api/v1/shares/{id}', '/api/v1/shares/99'],
    ['/api/v1/shares/{id}/files', '/api/v1/shares/0/files'],
    ['/api/v1/keys', '/api/v1/keys?share=none'],
  ] as const) {
    const response = await daemon.fetch(target);
    assert.ok(response.status >= 400 && response.status < 500, target);
    const { schema } = paths[path]!.get!.responses['4XX']!.content!['application/json']!;
    requireFits(schema, await response.json(), target);
  }
});
