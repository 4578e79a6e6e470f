/** What every route of the HTTP API may answer. */
import { Type } from '../host/schema.ts';

export const ERROR = Type.Object(
  {
    code: Type.String({ description: 'What kind of failure it is: see docs/errors.md.' }),
    message: Type.String({ description: 'What happened, for people.' }),
  },
  { description: 'The request failed.' },
);

/** An answer without a body. */
export const DONE = Type.Unsafe<undefined>({ type: 'null', description: 'Done.' });
