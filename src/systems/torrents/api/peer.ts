/** Routes of the daemon as a whole: its status, its rates, its settings, its feeds and its block list. */
import type { FastifyInstance } from 'fastify';
import { VERSION } from '../../../ground/version.ts';
import { requireFolders } from '../roster/folders.ts';
import { SAMPLE_SECONDS } from '../roster/history.ts';
import type { Settings } from '../core/settings.ts';
import type { ApiOptions } from './options.ts';
import { BLOCKLIST, ERROR, FEEDS, RATES, SETTINGS, SETTINGS_CHANGE, STATUS } from './schemas.ts';

export function addPeer(server: FastifyInstance, { roster }: ApiOptions): void {
  server.get(
    '/api/v1/status',
    { schema: { summary: 'the daemon as a whole', response: { 200: STATUS } } },
    async () => {
      const room = await roster.space.look(roster.downloadDir).catch(() => undefined);
      let [downloadRate, uploadRate, downloadedBytes, uploadedBytes] = [0, 0, 0, 0];
      for (const { share } of roster.all) {
        const status = share?.status();
        downloadRate += status?.downloadRate ?? 0;
        uploadRate += status?.uploadRate ?? 0;
        downloadedBytes += status?.downloadedBytes ?? 0;
        uploadedBytes += status?.uploadedBytes ?? 0;
      }
      const { peer } = roster;
      return {
        version: VERSION,
        peerPort: peer.port,
        downloadDir: roster.downloadDir,
        freeBytes: room?.free ?? null,
        dhtNodes: peer.dht === undefined ? null : peer.dht.status().reduce((sum, { good }) => sum + good, 0),
        downloadRate,
        uploadRate,
        downloadedBytes,
        uploadedBytes,
        making: roster.hashing.all,
        upSeconds: (Date.now() - roster.startedAt.getTime()) / 1000,
        inEffect: roster.inEffect,
      };
    },
  );

  server.get(
    '/api/v1/rates',
    { schema: { summary: 'rates of all shares in the last ten minutes', response: { 200: RATES } } },
    () => ({ secondsEach: SAMPLE_SECONDS, ...roster.rates.read() }),
  );

  server.get(
    '/api/v1/settings',
    { schema: { summary: 'what is wanted of the peer', response: { 200: SETTINGS } } },
    () => roster.settings,
  );

  server.patch<{ Body: Partial<Settings> }>(
    '/api/v1/settings',
    {
      schema: {
        summary: 'changes what is wanted of the peer',
        body: SETTINGS_CHANGE,
        response: { 200: SETTINGS, '4xx': ERROR },
      },
    },
    async ({ body }) => {
      await requireFolders(body, roster.settings);
      roster.configure(body);
      return roster.settings;
    },
  );

  server.get(
    '/api/v1/blocklist',
    { schema: { summary: 'the block list that is in force', response: { 200: BLOCKLIST } } },
    () => ({ ranges: roster.blockList.size, trouble: roster.blockList.trouble ?? null }),
  );

  server.post(
    '/api/v1/blocklist',
    { schema: { summary: 'fetches the block list anew', response: { '4xx': ERROR } } },
    async () => ({ ranges: await roster.blockList.update(roster.reach) }),
  );

  server.get(
    '/api/v1/feeds',
    { schema: { summary: 'what the feeds hold, and what is wrong with them', response: { 200: FEEDS } } },
    () => ({
      feeds: [...new Set(roster.settings.feeds.map(({ url }) => url))].map((url) => {
        const state = roster.checks.feeds.state(url);
        return {
          url,
          at: state?.at.toISOString() ?? null,
          trouble: state?.trouble ?? null,
          items: state?.items.map(({ title, link }) => ({ title, link })) ?? [],
        };
      }),
    }),
  );
}
