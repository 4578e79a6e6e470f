/** The routes of the daemon itself: its systems, and its end. */
import type { Shape } from '../host/schema.ts';
import type { Host } from '../host/host.ts';
import type { Switches } from '../host/switches.ts';
import type { Mount } from '../http/mount.ts';
import { ERROR } from '../http/schemas.ts';
import { CATALOG } from './catalog.ts';
import { STOPPING, SWITCH, SYSTEM, SYSTEM_NAME, SYSTEMS } from './schemas.ts';
import { stateOf, switchSystem, type SystemState } from './systems.ts';

export interface HostRoutesOptions {
  readonly host: Host<Mount>;
  readonly switches: Switches;
  /** Ends the daemon. */
  readonly end: () => void;
}

export function createHostRoutes({ host, switches, end }: HostRoutesOptions): Mount {
  const tell = (state: SystemState): Shape<typeof SYSTEM> => ({
    ...state,
    isRunning: host.isOpen(state.name),
  });
  return {
    addRoutes: (server) => {
      server.get(
        '/api/v1/systems',
        {
          schema: {
            summary: 'Lists the systems.',
            response: { 200: SYSTEMS },
          },
        },
        () => ({ systems: CATALOG.map((system) => tell(stateOf(system, switches))) }),
      );
      server.patch(
        '/api/v1/systems/:name',
        {
          schema: {
            summary: 'Switches a system on or off, from the next start of the daemon on.',
            params: SYSTEM_NAME,
            body: SWITCH,
            response: { 200: SYSTEM, '4xx': ERROR },
          },
        },
        ({ params: { name }, body: { isOn } }) => tell(switchSystem(name, isOn, switches)),
      );
      server.post(
        '/api/v1/down',
        { schema: { summary: 'Stops the daemon.', response: { 202: STOPPING } } },
        async (_, reply) => {
          // After the answer was sent.
          setImmediate(end);
          return reply.code(202).send({});
        },
      );
    },
  };
}
