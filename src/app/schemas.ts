/** Schemas of the routes of the daemon itself. */
import { list, type Shape, Type } from '../host/schema.ts';

const SYSTEM = Type.Object({
  name: Type.String(),
  line: Type.String({ description: 'What the system does now, for people.' }),
  facts: Type.Unsafe<Readonly<Record<string, unknown>>>({
    type: 'object',
    additionalProperties: true,
    description: 'The same for programs; each system has its own.',
  }),
});
export const DAEMON_STATUS = Type.Object(
  {
    version: Type.String(),
    pid: Type.Integer({ description: 'Number of the process.' }),
    upSeconds: Type.Number({ description: 'How long the daemon has been up.' }),
    systems: list(SYSTEM, { description: 'The systems that run.' }),
  },
  { description: 'The daemon is up.' },
);

/** What `GET /api/v1/daemon` answers. */
export type DaemonStatus = Shape<typeof DAEMON_STATUS>;
