/** `GET /api/v1/daemon`: the daemon and each of its systems at this moment. */
import { VERSION } from '../ground/version.ts';
import type { Host } from '../host/host.ts';
import type { Mount } from '../http/mount.ts';

const STATUS = {
  type: 'object',
  required: ['version', 'pid', 'upSeconds', 'systems'],
  properties: {
    version: { type: 'string' },
    pid: { type: 'integer', description: 'number of its process' },
    upSeconds: { type: 'number' },
    systems: {
      type: 'array',
      description: 'those that run',
      items: {
        type: 'object',
        required: ['name', 'line', 'facts'],
        properties: {
          name: { type: 'string' },
          line: { type: 'string', description: 'for people' },
          facts: { type: 'object', additionalProperties: true, description: 'for programs' },
        },
      },
    },
  },
} as const;

/** What `GET /api/v1/daemon` answers. */
export interface DaemonStatus {
  readonly version: string;
  readonly pid: number;
  readonly upSeconds: number;
  readonly systems: readonly {
    readonly name: string;
    readonly line: string;
    readonly facts: Readonly<Record<string, unknown>>;
  }[];
}

export function createDaemonRoutes(host: Pick<Host<Mount>, 'statuses'>): Mount {
  return {
    addRoutes: (server) => {
      server.get(
        '/api/v1/daemon',
        {
          schema: {
            summary: 'Reads the state of the daemon and of each system that runs.',
            response: { 200: STATUS },
          },
        },
        async (): Promise<DaemonStatus> => ({
          version: VERSION,
          pid: process.pid,
          upSeconds: process.uptime(),
          systems: await host.statuses(),
        }),
      );
    },
  };
}
