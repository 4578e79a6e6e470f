// Every route of ours is described: what it does, what it answers, and how it refuses. The clients of others have their own
// specifications.
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { CATALOG } from '../../src/app/catalog.ts';
import { createDaemonRoutes } from '../../src/app/daemon-routes.ts';
import { createHostRoutes } from '../../src/app/host-routes.ts';
import { createLinkRoutes } from '../../src/app/link-routes.ts';
import { createSettingsRoutes } from '../../src/app/settings-routes.ts';
import { ErrorTable } from '../../src/host/errors.ts';
import { Host } from '../../src/host/host.ts';
import { claimStateFolder } from '../../src/host/state/state-folder.ts';
import { Switches } from '../../src/host/switches.ts';
import type { Mount } from '../../src/http/mount.ts';
import { KeySecret } from '../../src/http/secrets.ts';
import { ApiServer } from '../../src/http/server.ts';
import { Bench } from '../../testkit/bench.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';

interface Answer {
  readonly description?: string;
  readonly content?: Readonly<Record<string, { readonly schema?: Readonly<Record<string, unknown>> }>>;
}
interface Operation {
  readonly summary?: string;
  readonly responses?: Readonly<Record<string, Answer>>;
}
type Paths = Readonly<Record<string, Readonly<Record<string, Operation>>>>;

/** A daemon with all systems in this process: its server knows all of its routes. */
async function withServer(work: (api: ApiServer, paths: Paths) => Promise<void>): Promise<void> {
  const bench = await Bench.open();
  const claimed = claimStateFolder(join(bench.dir, 'state'));
  const keySecret = new KeySecret(claimed.folder);
  const host = new Host<Mount>({
    catalog: CATALOG,
    isOn: () => true,
    services: {
      state: claimed,
      options: { dht: false, lsd: false, port: 0, downloadDir: join(bench.dir, 'files') },
      signal: new AbortController().signal,
      log: undefined,
      notice: () => {},
      complain: () => {},
      end: () => {},
      keySecret,
    },
  });
  try {
    await host.open();
    const api = await ApiServer.open({
      mounts: [
        ...host.opened.flatMap(({ surface }) => surface ?? []),
        createHostRoutes({ host, switches: new Switches(claimed.folder), end: () => {} }),
        createSettingsRoutes(host),
        createLinkRoutes(host),
        createDaemonRoutes(host),
      ],
      port: 0,
      token: TOKEN,
      keySecret,
      errors: new ErrorTable(CATALOG),
      systems: CATALOG,
      trustsAccount: false,
    });
    try {
      const headers = { authorization: `Bearer ${TOKEN}` };
      const answer = await fetch(new URL('api/v1/openapi.json', api.url), { headers });
      await work(api, ((await answer.json()) as { paths: Paths }).paths);
    } finally {
      await api.close();
    }
  } finally {
    await host.close();
    claimed.release();
    await bench.close();
  }
}

/** The page, and the interfaces of Transmission, qBittorrent and WebDAV. */
const OF_OTHERS =
  /^\/($|assets\/|transmission\/rpc|api\/v2\/|webdav|[a-z-]+\.(html|svg|webmanifest|js|md|txt)(\.(br|gz))?$)/;

test('every route has a summary, a schema of what it answers, and the known shape of errors', async () => {
  await withServer(async (api, paths) => {
    const ours = api.routes.filter(({ method, url }) => method !== 'HEAD' && !OF_OTHERS.test(url));
    assert.ok(ours.length > 60, `${ours.length} routes`);
    const missing: string[] = [];
    for (const { method, url } of ours) {
      const path = url.replace(/:(\w+)/g, '{$1}').replace('*', '{path}');
      const operation = paths[path]?.[method.toLowerCase()];
      const note = (what: string): void => void missing.push(`${method} ${url}: ${what}`);
      if (operation === undefined) {
        note('is not described');
        continue;
      }
      const { summary = '', responses = {} } = operation;
      if (!/^[A-Z].+\.$/.test(summary)) note('has no summary');
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      if (successes.length === 0) note('never succeeds');
      for (const [status, { content }] of successes) {
        const schemas = Object.values(content ?? {}).map(({ schema }) => schema);
        const isEmpty = schemas.length === 0 || schemas.some((one) => Object.keys(one ?? {}).length === 0);
        if (isEmpty && status !== '204') note(`answers ${status} without a schema`);
      }
      for (const status of ['4XX', '5XX']) {
        const { properties } = (responses[status]?.content?.['application/json']?.schema ?? {}) as {
          properties?: object;
        };
        const names = Object.keys(properties ?? {})
          .sort()
          .join();
        if (names !== 'code,message') note(`has no known error of ${status}`);
      }
    }
    assert.deepEqual(missing, []);
  });
});
