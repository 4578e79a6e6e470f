/** The routes of the settings of each system: `GET` and `PATCH /api/v1/systems/NAME/settings`. */
import type { Host } from '../host/host.ts';
import type { Shape } from '../host/schema.ts';
import type { SystemDeclaration } from '../host/system.ts';
import type { Mount } from '../http/mount.ts';
import { ERROR } from '../http/schemas.ts';
import { SECTION, SECTION_CHANGE, SYSTEM_NAME } from './schemas.ts';
import { requireSystem } from './systems.ts';

export function createSettingsRoutes({ settings }: Pick<Host<Mount>, 'settings'>): Mount {
  const tell = async (system: SystemDeclaration<Mount>): Promise<Shape<typeof SECTION>> => ({
    schema: { ...(await settings.describe(system)) },
    settings: await settings.read(system),
  });
  return {
    addRoutes: (server) => {
      server.get(
        '/api/v1/systems/:name/settings',
        {
          schema: {
            summary: 'Reads the settings of a system.',
            params: SYSTEM_NAME,
            response: { 200: SECTION, '4xx': ERROR },
          },
        },
        ({ params: { name } }) => tell(requireSystem(name)),
      );
      server.patch(
        '/api/v1/systems/:name/settings',
        {
          schema: {
            summary: 'Changes settings of a system. A setting that is absent stays as it is.',
            params: SYSTEM_NAME,
            body: SECTION_CHANGE,
            response: { 200: SECTION, '4xx': ERROR },
          },
        },
        async ({ params: { name }, body }) => {
          const system = requireSystem(name);
          await settings.change(system, body);
          return tell(system);
        },
      );
    },
  };
}
