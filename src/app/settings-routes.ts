/** The routes of the settings of each system: `GET` and `PATCH /api/v1/systems/NAME/settings`. */
import type { Host } from '../host/host.ts';
import type { SettingsValues } from '../host/settings-section.ts';
import type { SystemDeclaration } from '../host/system.ts';
import type { Mount } from '../http/mount.ts';
import { requireSystem } from './systems.ts';

/** More than any system has. */
const MAX_CHANGES = 1000;

const PARAMS = { type: 'object', properties: { name: { type: 'string', maxLength: 100 } } } as const;
const ANY = { type: 'object', additionalProperties: true } as const;
const SECTION = {
  type: 'object',
  required: ['settings', 'schema'],
  properties: {
    settings: { ...ANY, description: 'all of them, with the defaults of those that nobody set' },
    schema: { ...ANY, description: 'their JSON Schema: each has a default and a description' },
  },
} as const;
const ERROR = {
  type: 'object',
  properties: { code: { type: 'string' }, message: { type: 'string' } },
} as const;

interface Section {
  readonly settings: SettingsValues;
  readonly schema: object;
}

export function createSettingsRoutes({ settings }: Pick<Host<Mount>, 'settings'>): Mount {
  const tell = async (system: SystemDeclaration<Mount>): Promise<Section> => ({
    schema: await settings.describe(system),
    settings: await settings.read(system),
  });
  return {
    addRoutes: (server) => {
      server.get<{ Params: { name: string } }>(
        '/api/v1/systems/:name/settings',
        {
          schema: {
            summary: 'Reads the settings of a system.',
            params: PARAMS,
            response: { 200: SECTION, '4xx': ERROR },
          },
        },
        ({ params: { name } }) => tell(requireSystem(name)),
      );
      server.patch<{ Params: { name: string }; Body: Record<string, unknown> }>(
        '/api/v1/systems/:name/settings',
        {
          schema: {
            summary: 'Changes settings of a system. A setting that is absent stays as it is.',
            params: PARAMS,
            body: { ...ANY, maxProperties: MAX_CHANGES },
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
