/** Routes of the daemon as a whole: its status, its rates, its settings, its feeds and its block list. */
import { VERSION } from '../../../ground/version.ts';
import type { Server } from '../../../http/mount.ts';
import { ERROR } from '../../../http/schemas.ts';
import { requireFolders } from '../roster/folders.ts';
import { SAMPLE_SECONDS } from '../roster/history.ts';
import { SETTINGS, SETTINGS_CHANGE } from '../settings.ts';
import type { Roster } from '../roster/roster.ts';
import type { ApiOptions } from './options.ts';
import { BLOCKLIST, BLOCKLIST_UPDATED, FEEDS, STATUS } from './schemas/daemon.ts';
import { RATES } from './schemas/details.ts';

export function addPeer(server: Server, { roster }: ApiOptions): void {
  server.get(
    '/api/v1/status',
    { schema: { summary: 'Reads the status of the daemon.', response: { 200: STATUS } } },
    async () => {
      const room = await roster.space.look(roster.downloadDir).catch(() => undefined);
      let [downloadRate, uploadRate, downloadedBytes, uploadedBytes] = [0, 0, 0, 0];
      // Also those of versions that are followed, which are not in the roster.
      for (const share of roster.peer.shares) {
        const status = share.status();
        downloadRate += status.downloadRate;
        uploadRate += status.uploadRate;
        downloadedBytes += status.downloadedBytes;
        uploadedBytes += status.uploadedBytes;
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
    {
      schema: {
        summary: 'Reads the rates of all shares together in the last ten minutes.',
        response: { 200: RATES },
      },
    },
    () => ({ secondsEach: SAMPLE_SECONDS, ...roster.rates.read() }),
  );

  server.get(
    '/api/v1/settings',
    { schema: { summary: 'Reads the settings.', response: { 200: SETTINGS } } },
    () => roster.settings,
  );

  server.patch(
    '/api/v1/settings',
    {
      schema: {
        summary: 'Changes settings. A setting that is absent stays as it is.',
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
  addLists(server, roster);
}

/** The block list and the feeds: what the daemon fetches by itself. */
function addLists(server: Server, roster: Roster): void {
  server.get(
    '/api/v1/blocklist',
    { schema: { summary: 'Reads the state of the block list.', response: { 200: BLOCKLIST } } },
    () => ({ ranges: roster.blockList.size, trouble: roster.blockList.trouble ?? null }),
  );

  server.post(
    '/api/v1/blocklist',
    {
      schema: {
        summary: 'Fetches the block list again.',
        response: { 200: BLOCKLIST_UPDATED, '4xx': ERROR },
      },
    },
    async () => ({ ranges: await roster.blockList.update(roster.reach) }),
  );

  server.get(
    '/api/v1/feeds',
    {
      schema: {
        summary: 'Lists the items of the feeds, and what is wrong with them.',
        response: { 200: FEEDS },
      },
    },
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
