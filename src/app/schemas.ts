/** Schemas of the routes of the daemon itself. */
import { anyObject, list, type Shape, Type } from '../host/schema.ts';

export const SYSTEM = Type.Object(
  {
    name: Type.String(),
    summary: Type.String({ description: 'What the system does.' }),
    isOn: Type.Boolean({ description: 'The system runs from the next start of the daemon on.' }),
    isRunning: Type.Boolean({ description: 'The system runs now.' }),
    needs: list(Type.String(), { description: 'Systems that it cannot do without.' }),
    usesIfOn: list(Type.String(), { description: 'Systems that it uses where they are on.' }),
  },
  { description: 'The system.' },
);
export const SYSTEMS = Type.Object({ systems: list(SYSTEM) }, { description: 'All systems of this Shoal.' });
export const SYSTEM_NAME = Type.Object({
  name: Type.String({ maxLength: 100, description: 'Name of the system.' }),
});
export const SWITCH = Type.Object({ isOn: Type.Boolean() }, { additionalProperties: false });

export const STOPPING = Type.Object({}, { description: 'The daemon stops after this answer.' });

export const DAEMON_STATUS = Type.Object(
  {
    version: Type.String(),
    pid: Type.Integer({ description: 'Number of its process.' }),
    upSeconds: Type.Number({ description: 'Seconds since its start.' }),
    systems: list(
      Type.Object({
        name: Type.String(),
        line: Type.String({ description: 'What the system says to people.' }),
        facts: anyObject({ description: 'The same for programs.' }),
      }),
      { description: 'Systems that run.' },
    ),
  },
  { description: 'The daemon.' },
);

/** What `GET /api/v1/daemon` answers. */
export type DaemonStatus = Shape<typeof DAEMON_STATUS>;

/** More than any system has. */
const MAX_CHANGES = 1000;

export const SECTION = Type.Object(
  {
    settings: anyObject({ description: 'All settings, with the defaults of those that nobody set.' }),
    schema: anyObject({ description: 'Their JSON Schema: each has a default and a description.' }),
  },
  { description: 'The settings of the system.' },
);
export const SECTION_CHANGE = anyObject({
  maxProperties: MAX_CHANGES,
  description: 'Settings by name.',
});

const LINK = Type.String({ minLength: 1, maxLength: 65_536, description: 'Link, address or hash.' });

export const LINK_REQUEST = Type.Object(
  {
    link: Type.Optional(LINK),
    file: Type.Optional(Type.String({ minLength: 1, description: 'Content of a file in base64.' })),
    folder: Type.Optional(
      Type.String({ minLength: 1, maxLength: 4096, description: 'Folder for fetched files.' }),
    ),
    select: Type.Optional(
      list(Type.String({ minLength: 1, maxLength: 4096 }), {
        maxItems: 1000,
        description: 'Globs over the paths of files. The daemon fetches no other files.',
      }),
    ),
    isPaused: Type.Optional(Type.Boolean({ description: 'The daemon adds it and does not start it.' })),
    labels: Type.Optional(list(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 100 })),
    isOnDemand: Type.Optional(Type.Boolean({ description: 'The daemon fetches only what is opened.' })),
  },
  { additionalProperties: false, description: 'One of `link` and `file`, and preferences.' },
);
export const CLAIMED_LINK = Type.Object({ link: LINK }, { additionalProperties: false });
export const CLAIMS = Type.Object(
  {
    claims: list(
      Type.Object({
        system: Type.String({ description: 'Name of the system.' }),
        claim: Type.Enum(['sure', 'maybe'], {
          description: '`sure`: the form is its alone. `maybe`: opening it would tell.',
        }),
      }),
    ),
  },
  { description: 'Systems that take the link. `POST /api/v1/links` hands it to the first.' },
);
export const OPENED = Type.Object(
  {
    system: Type.String({ description: 'Name of the system that took the link.' }),
    isNew: Type.Boolean({ description: 'False: the system has it already.' }),
    line: Type.String({ description: 'What became of it, for people.' }),
    item: anyObject({ description: 'What became of it, as the API of the system tells it.' }),
  },
  { description: 'A system took the link.' },
);
