/** Schemas of the routes below /api/v1/rules, from which the types in `types.ts` follow. */
import { list, orNull, Type } from '../../../host/schema.ts';

const text = Type.String();
const count = Type.Integer({ minimum: 0 });
const time = Type.String({ format: 'date-time' });
/** What may be named, and how long a reason and a key may be, the rules say themselves: alike to every road. */
const what = Type.String();
const reason = Type.Optional(Type.String());

export const SOURCE = Type.Object({
  id: Type.Integer(),
  name: text,
  /** An address, or a path. */
  location: text,
  /** `start`: named by an option of this start. `block-list`: named by the settings of torrents. */
  role: Type.Enum(['list', 'block-list', 'start']),
  isOn: Type.Boolean(),
  isSigned: Type.Boolean(),
  /** Null while nothing of it is in effect. */
  kind: Type.Unsafe<'deny' | 'hashes' | 'addresses' | null>({ enum: ['deny', 'hashes', 'addresses', null] }),
  rules: count,
  description: orNull(text),
  /** When what is in effect was read, and when that was tried last. */
  readAt: orNull(text),
  triedAt: orNull(text),
  trouble: orNull(text),
  /** Lines that could not be used. */
  problemCount: count,
  /** The first of them. */
  problems: list(Type.Object({ line: count, message: text })),
});

export const OWN_RULE = Type.Object({
  /** An info hash, an address, a block of addresses, or a content path. */
  subject: text,
  effect: Type.Enum(['deny', 'allow', 'banned']),
  reason: text,
  addedAt: time,
});

export const RULES = Type.Object({
  sources: list(SOURCE),
  own: list(OWN_RULE),
  /** Of all kinds. */
  rules: count,
  memoryBytes: count,
  /** Things that were refused. */
  refusals: count,
});

export const ADD = Type.Object(
  { what, reason, key: Type.Optional(Type.String()) },
  { additionalProperties: false },
);
/** The list, or the rules that were added. */
export const ADDED = Type.Object({ sources: list(SOURCE), own: list(OWN_RULE) });

export const ALLOW = Type.Object({ what, reason }, { additionalProperties: false });
export const ALLOWED = Type.Object({ own: list(OWN_RULE) });

export const REMOVE = Type.Object({ what }, { additionalProperties: false });
export const REMOVED = Type.Object({ removed: list(text) });

export const CHECK = Type.Object({ what }, { additionalProperties: false });
export const CHECKED = Type.Object({
  checked: list(
    Type.Object({
      subject: text,
      isDenied: Type.Boolean(),
      list: orNull(text),
      reason: orNull(text),
      /** Of the list, from 1; null for a person's own rules, which are in no file. */
      line: orNull(count),
    }),
  ),
});

export const LOG_QUERY = Type.Object(
  { limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 2000 })) },
  { additionalProperties: false },
);
export const LOG = Type.Object({
  refusals: list(
    Type.Object({
      subject: text,
      occasion: text,
      list: text,
      reason: text,
      count,
      firstAt: time,
      lastAt: time,
    }),
  ),
});

export const ID = Type.Object({ id: Type.Integer() });
