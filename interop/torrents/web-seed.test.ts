// Web seeds (BEP 19) from lighttpd: each version, a multi-file share and a single file, redirects, no ranges; and one that
// lies, and one that sends us into our own network.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { hasProgram } from '../../scripts/setup-programs.ts';
import { Bench, freePort } from '../../testkit/bench.ts';
import { firstDifference } from '../../testkit/files.ts';
import { waitFor } from '../../testkit/wait.ts';
import { Namespace, namespacesMissing } from '../namespace.ts';

const skip = hasProgram('lighttpd') ? false : 'lighttpd is not installed (npm run setup-programs)';
let bench: Bench;
let data: string;
let base: string;
before(async () => {
  bench = await Bench.open();
  data = await bench.makeData();
  if (skip !== false) return;
  const port = await freePort();
  const lines = [
    `server.document-root = "${dirname(data)}"`,
    `server.port = ${port}`,
    'server.bind = "127.0.0.1"',
    'server.modules = ( "mod_redirect", "mod_alias" )',
    'url.redirect = ( "^/moved/(.*)$" => "/$1" )',
    `alias.url = ( "/whole/" => "${dirname(data)}/" )`,
    '$HTTP["url"] =~ "^/whole/" { server.range-requests = "disable" }',
  ];
  const config = await bench.writeFile('lighttpd.conf', `${lines.join('\n')}\n`);
  bench.run('lighttpd', 'lighttpd', ['-D', '-f', config]);
  base = `http://127.0.0.1:${port}/`;
  const isUp = (): Promise<boolean> =>
    fetch(base).then(
      () => true,
      () => false,
    );
  await waitFor(isUp, 'lighttpd');
});
after(() => bench.close());

for (const version of ['v1', 'v2', 'hybrid']) {
  test(`a folder from a web server alone: ${version}`, { skip }, async () => {
    const torrent = join(bench.dir, `${version}.torrent`);
    await bench
      .shoal(['create', data, `--${version}`, '--web-seed', base, '-o', torrent, '--piece-length', '64K'])
      .event('created');
    const out = await bench.folder(version);
    await bench.shoal(['get', torrent, '-o', out, '--port', '0']).event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
  });
}

for (const [name, path] of [
  ['that redirects', 'moved/'],
  ['without ranges', 'whole/'],
] as const) {
  test(`a folder and a file from a web server ${name}`, { skip }, async () => {
    const folder = join(bench.dir, `${name}.torrent`);
    await bench.shoal(['create', data, '--web-seed', base + path, '-o', folder]).event('created');
    const out = await bench.folder(name);
    await bench.shoal(['get', folder, '-o', out, '--port', '0']).event('done');
    assert.equal(await firstDifference(data, join(out, 'data')), undefined);
    const file = join(bench.dir, `${name}-file.torrent`);
    const url = `${base}${path}data/z.bin`;
    await bench.shoal(['create', join(data, 'z.bin'), '--web-seed', url, '-o', file]).event('created');
    await bench.shoal(['get', file, '-o', out, '--port', '0']).event('done');
    assert.deepEqual(await readFile(join(out, 'z.bin')), await readFile(join(data, 'z.bin')));
  });
}

test('a web server outside that redirects into our own network is not followed there', {
  skip: namespacesMissing(),
}, async () => {
  // In a network of its own, where a public address is ours to give.
  const [outside, inside] = ['203.0.113.7', '127.0.0.1'];
  const space = new Namespace();
  try {
    space.addHosts(outside);
    const script = `
      const { createServer } = require('node:http');
      createServer((_, response) => {
        console.log(JSON.stringify({ event: 'inside' }));
        response.end();
      }).listen(8080, '${inside}');
      createServer((_, response) => {
        console.log(JSON.stringify({ event: 'outside' }));
        response.writeHead(302, { location: 'http://${inside}:8080/admin' }).end();
      }).listen(8081, '${outside}', () => console.log(JSON.stringify({ event: 'ready' })));`;
    const [command, ...before] = space.command;
    const server = bench.run('web servers', command!, [...before, process.execPath, '-e', script]);
    await server.event('ready');
    const torrent = join(bench.dir, 'inside.torrent');
    const url = `http://${outside}:8081/a.bin`;
    await bench.shoal(['create', join(data, 'a.bin'), '--web-seed', url, '-o', torrent]).event('created');
    const out = await bench.folder('inside');
    const get = bench.shoal(['get', torrent, '-o', out, '--port', '0'], { command: space.command });
    const isRefused = (trouble: unknown): boolean =>
      typeof trouble === 'string' && /own network.*mayReachPrivate/.test(trouble);
    await get.until(() => get.events.find(({ trouble }) => isRefused(trouble)), 'word of the refusal');
    // The control: the server inside can be reached from there, and tells of it.
    assert.ok(server.events.some(({ event }) => event === 'outside'));
    assert.ok(!server.events.some(({ event }) => event === 'inside'));
    await get.stop();
    const knock = `require('node:http').get('http://${inside}:8080/', () => process.exit())`;
    bench.run('control', command!, [...before, process.execPath, '-e', knock]);
    await server.event('inside');
    await server.stop();
  } finally {
    space.close();
  }
});

test('a mirror whose name leads into our own network later is not followed there', {
  skip: namespacesMissing(),
}, async () => {
  const [outside, inside] = ['203.0.113.7', '127.0.0.1'];
  const space = new Namespace();
  try {
    space.addHosts(outside);
    const source = (path: string): string =>
      JSON.stringify(new URL(`../../src/${path}`, import.meta.url).href);
    const script = `
      import { createServer } from 'node:http';
      import dns from 'node:dns';
      import { syncBuiltinESMExports } from 'node:module';
      const tell = (event, facts) => console.log(JSON.stringify({ event, ...facts }));
      let leadsTo = '${outside}';
      const { lookup } = dns;
      dns.lookup = (name, options, done) => lookup(name === 'mirror.example' ? leadsTo : name, options, done);
      syncBuiltinESMExports();
      const { WebFiles } = await import(${source('systems/torrents/swarm/node/web-files.ts')});
      const { httpFetch } = await import(${source('net/link/node/fetch.ts')});
      const { systemClock: clock } = await import(${source('ground/node/clock.ts')});
      const answer = (place) => (request, response) => {
        tell(place, { url: request.url });
        response.setHeader('connection', 'close');
        if (request.headers.host.startsWith('mirror.')) response.end('x');
        else response.writeHead(302, { location: 'http://mirror.example:8081/do?a=b' }).end();
      };
      await new Promise((done) => createServer(answer('outside')).listen(8081, '${outside}', done));
      await new Promise((done) => createServer(answer('inside')).listen(8081, '${inside}', done));
      const info = { name: 'f', isSingleFile: true };
      const geometry = { info, files: [{ lengthBytes: 1 }] };
      const url = 'http://${outside}:8081/f';
      for (const reach of ['inside', 'anywhere']) {
        leadsTo = '${outside}';
        const files = new WebFiles({ url, geometry, userAgent: 'test', reach, fetch: httpFetch, clock });
        for (const name of ['${outside}', '${inside}']) {
          leadsTo = name;
          await files.readRange(0, 0, 1).then(() => tell('read', { reach }), ({ code }) => tell(code, { reach }));
        }
      }
      process.exit();`;
    const [command, ...before] = space.command;
    const args = [...before, process.execPath, '--input-type=module', '-e', script];
    const program = bench.run('web files', command!, args);
    assert.equal(await program.exited, 0, program.output);
    const events = program.events.map(({ event, url, reach }) => `${event} ${url ?? reach}`);
    const asks = ['outside /f', 'outside /do?a=b', 'read inside'];
    // The place that was remembered is refused, and then the address in the torrent is asked again.
    const refused = ['outside /f', 'private-address inside'];
    const control = ['outside /f', 'outside /do?a=b', 'read anywhere', 'inside /do?a=b', 'read anywhere'];
    assert.deepEqual(events, [...asks, ...refused, ...control]);
  } finally {
    space.close();
  }
});

test('a single file, its address given whole', { skip }, async () => {
  const torrent = join(bench.dir, 'file.torrent');
  await bench
    .shoal(['create', join(data, 'a.bin'), '--web-seed', `${base}data/a.bin`, '-o', torrent])
    .event('created');
  const out = await bench.folder('file');
  await bench.shoal(['get', torrent, '-o', out, '--port', '0']).event('done');
  assert.deepEqual(await readFile(join(out, 'a.bin')), await readFile(join(data, 'a.bin')));
});

test('a web seed that lies is banned, the honest one finishes', { skip }, async () => {
  const content = await readFile(join(data, 'a.bin'));
  const asked: string[] = [];
  const liar = createServer((request, response) => {
    const range = request.headers.range ?? '';
    asked.push(range);
    const [, from, to] = /bytes=(\d+)-(\d+)/.exec(range) ?? [];
    const part = Buffer.from(content.subarray(Number(from), Number(to) + 1));
    part[0]! ^= 0xff;
    response.writeHead(206).end(part);
  });
  await new Promise<void>((resolve) => liar.listen(0, '::1', resolve));
  try {
    const { port } = liar.address() as { port: number };
    const torrent = join(bench.dir, 'lied.torrent');
    const seeds = ['--web-seed', `http://[::1]:${port}/a.bin`, '--web-seed', `${base}data/a.bin`];
    await bench
      .shoal(['create', join(data, 'a.bin'), ...seeds, '-o', torrent, '--piece-length', '16K'])
      .event('created');
    const out = await bench.folder('lied');
    await bench.shoal(['get', torrent, '-o', out, '--port', '0', '--limit-down', '2M']).event('done');
    assert.deepEqual(await readFile(join(out, 'a.bin')), content);
    // Until its first hash is known it is asked for little, however fast it is and slow the machine; and nothing twice.
    assert.ok(asked.length > 0 && asked.length < 30, `${asked.length}`);
    assert.equal(new Set(asked).size, asked.length);
  } finally {
    liar.closeAllConnections();
    liar.close();
  }
});
