/** Schemas of streams of server-sent events. */
import { given, Type } from '../../../../host/schema.ts';

/** A terminal is drawn no more often. */
const MIN_INTERVAL_MS = 200;
const MAX_INTERVAL_MS = 60_000;

export const EVENTS = Type.String({
  description: 'Server-sent events; their data is JSON, each thing as the list of its kind has it.',
});
/** Of one thing. */
export const WATCH_EVENTS = Type.String({ description: 'Server-sent events; their data is JSON.' });

const INTERVAL = {
  intervalMs: given(
    Type.Integer({
      minimum: MIN_INTERVAL_MS,
      maximum: MAX_INTERVAL_MS,
      default: 1000,
      description: 'Milliseconds between two reports while nothing else happens.',
    }),
  ),
  map: given(Type.Boolean({ default: false, description: 'Reports say which pieces are here, in base64.' })),
};

export const NO_QUERY = Type.Object({}, { additionalProperties: false });
export const WATCH_QUERY = Type.Object(INTERVAL, { additionalProperties: false });
export const WATCH_FOLLOW_QUERY = Type.Object(
  {
    ...INTERVAL,
    after: Type.Optional(
      Type.Integer({ minimum: 0, description: 'Recent events with higher numbers than this come first.' }),
    ),
  },
  { additionalProperties: false },
);
