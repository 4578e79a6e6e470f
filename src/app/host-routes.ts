/** The routes of the daemon itself: its systems, and its end. */
import type { Host } from '../host/host.ts';
import type { Switches } from '../host/switches.ts';
import type { Mount } from '../http/mount.ts';
import { CATALOG } from './catalog.ts';
import { stateOf, switchSystem, type SystemState } from './systems.ts';

const SYSTEM = {
  type: 'object',
  required: ['name', 'summary', 'isOn', 'isRunning'],
  properties: {
    name: { type: 'string' },
    summary: { type: 'string' },
    isOn: { type: 'boolean', description: 'from the next start of the daemon on' },
    isRunning: { type: 'boolean' },
  },
} as const;
const ERROR = {
  type: 'object',
  properties: { code: { type: 'string' }, message: { type: 'string' } },
} as const;

export interface HostRoutesOptions {
  readonly host: Host<Mount>;
  readonly switches: Switches;
  /** Ends the daemon. */
  readonly end: () => void;
}

export function createHostRoutes({ host, switches, end }: HostRoutesOptions): Mount {
  const tell = (state: SystemState): object => ({ ...state, isRunning: host.isOpen(state.name) });
  return {
    addRoutes: (server) => {
      server.get(
        '/api/v1/systems',
        {
          schema: {
            summary: 'the systems of the daemon',
            response: {
              200: {
                type: 'object',
                required: ['systems'],
                properties: { systems: { type: 'array', items: SYSTEM } },
              },
            },
          },
        },
        () => ({ systems: CATALOG.map((system) => tell(stateOf(system, switches))) }),
      );
      server.patch<{ Params: { name: string }; Body: { isOn: boolean } }>(
        '/api/v1/systems/:name',
        {
          schema: {
            summary: 'switches a system on or off, from the next start of the daemon on',
            params: { type: 'object', properties: { name: { type: 'string', maxLength: 100 } } },
            body: {
              type: 'object',
              additionalProperties: false,
              required: ['isOn'],
              properties: { isOn: { type: 'boolean' } },
            },
            response: { 200: SYSTEM, '4xx': ERROR },
          },
        },
        ({ params: { name }, body: { isOn } }) => tell(switchSystem(name, isOn, switches)),
      );
      server.post('/api/v1/down', { schema: { summary: 'ends the daemon' } }, async (_, reply) => {
        // After the answer was sent.
        setImmediate(end);
        return reply.code(202).send({});
      });
    },
  };
}
