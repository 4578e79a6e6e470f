/** `GET /api/v1/daemon`: the daemon and each of its systems at this moment. */
import { VERSION } from '../ground/version.ts';
import type { Host } from '../host/host.ts';
import type { Mount } from '../http/mount.ts';
import { DAEMON_STATUS } from './schemas.ts';

export function createDaemonRoutes(host: Pick<Host<Mount>, 'statuses'>): Mount {
  return {
    addRoutes: (server) => {
      server.get(
        '/api/v1/daemon',
        {
          schema: {
            summary: 'Reads the state of the daemon and of each system that runs.',
            response: { 200: DAEMON_STATUS },
          },
        },
        async () => ({
          version: VERSION,
          pid: process.pid,
          upSeconds: process.uptime(),
          systems: await host.statuses(),
        }),
      );
    },
  };
}
