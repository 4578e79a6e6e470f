// Encrypted connections between whole programs: the setting and the option, and how peers, the page's API and other interfaces show it.
import assert from 'node:assert/strict';
import { dirname, join } from 'node:path';
import { after, before, test } from 'node:test';
import { Bench } from '../../testkit/bench.ts';
import { Commands } from '../../testkit/commands.ts';
import { Daemon } from '../../testkit/daemon.ts';
import { waitFor } from '../../testkit/wait.ts';

let bench: Bench;
let commands: Commands;
let data: string;
let torrent: string;
let infoHash: string;
before(async () => {
  bench = await Bench.open();
  commands = new Commands(bench);
  data = await bench.makeData();
  torrent = join(bench.dir, 'data.torrent');
  const created = await bench.shoal(['create', data, '-o', torrent]).event('created');
  infoHash = created.infoHashV1 as string;
});
after(() => bench.close());

const UNSEEN = ['--no-dht', '--no-lsd'] as const;

/** Fetches so slowly from a seed that it can be looked at, with that policy there. */
async function fetchFrom(daemon: Daemon, policy: string) {
  const seed = bench.shoal([
    ...['share', torrent, '--dir', dirname(data), '--port', '0', ...UNSEEN],
    ...['--encryption', policy],
  ]);
  const { port } = await seed.event('ready');
  const link = `magnet:?xt=urn:btih:${infoHash}&x.pe=[::1]:${port as number}`;
  const { id } = await daemon.ask('POST', 'shares', { link, downloadLimit: 16_384 });
  const end = async (): Promise<void> => {
    await daemon.ask('DELETE', `shares/${id}?data=true`);
    await seed.stop();
  };
  return { id, end };
}

for (const [policy, theirs, expected] of [
  ['allowed', 'allowed', 'none'],
  ['allowed', 'required', 'rc4'],
  ['preferred', 'allowed', 'plaintext'],
  ['required', 'allowed', 'rc4'],
] as const) {
  test(`set to ${policy}, a daemon meets a peer with ${theirs}: ${expected}`, async () => {
    const daemon = await Daemon.up(bench, `set-${policy}-${theirs}`, ...UNSEEN);
    await daemon.ask('PATCH', 'systems/torrents/settings', { encryption: policy });
    const { inEffect } = await daemon.ask<{ inEffect: { encryption: string } }>('GET', 'status');
    assert.equal(inEffect.encryption, policy, 'at once');
    const { id, end } = await fetchFrom(daemon, theirs);
    let events: readonly Readonly<Record<string, unknown>>[] = [];
    await waitFor(async () => {
      ({ events } = await commands.drive(daemon.state, 'peers', `${id}`));
      return events.length > 0;
    }, 'it is connected');
    assert.equal(events[0]!.encryption, expected);
    const { peers } = await daemon.ask<{ peers: { encryption: string }[] }>('GET', `shares/${id}/peers`);
    assert.equal(peers[0]!.encryption, expected);
    await end();
    await daemon.stop();
  });
}

test('an option of the start goes before the setting, and commands beside the daemon say so', async () => {
  const daemon = await Daemon.up(bench, 'option', ...UNSEEN, '--encryption', 'required');
  const { inEffect } = await daemon.ask<{ inEffect: { encryption: string; decidedAtStart: string[] } }>(
    'GET',
    'status',
  );
  assert.deepEqual([inEffect.encryption, inEffect.decidedAtStart.includes('encryption')], ['required', true]);
  const refused = await daemon.answer('PATCH', 'systems/torrents/settings', { encryption: 'off' });
  assert.equal(refused.status, 409, JSON.stringify(refused.answer));
  assert.match(JSON.stringify(refused.answer), /--encryption/);
  const get = await commands.drive(daemon.state, 'get', infoHash, '--encryption', 'off');
  assert.equal(get.error.code, 'state-in-use');
  assert.match(get.error.message as string, /encryption is required there: leave out --encryption/);
  const session = await daemon.fetch('/transmission/rpc', { method: 'POST', body: '{}' });
  const rpc = await daemon.fetch('/transmission/rpc', {
    method: 'POST',
    headers: { 'x-transmission-session-id': session.headers.get('x-transmission-session-id')! },
    body: JSON.stringify({ method: 'session-get', arguments: { fields: ['encryption'] } }),
  });
  const { arguments: shown } = (await rpc.json()) as { arguments: { encryption: string } };
  assert.equal(shown.encryption, 'required');
  await daemon.stop();
});

test('what was set holds from the first connection after a restart', async () => {
  const first = await Daemon.up(bench, 'again', ...UNSEEN);
  await first.ask('PATCH', 'systems/torrents/settings', { encryption: 'required' });
  await first.stop();
  const second = await Daemon.up(bench, 'again', ...UNSEEN);
  const { inEffect } = await second.ask<{ inEffect: { encryption: string } }>('GET', 'status');
  assert.equal(inEffect.encryption, 'required');
  await second.stop();
});
