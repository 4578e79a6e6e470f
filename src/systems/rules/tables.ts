/** The database of the rules system: sources, a person's own rules and exceptions, what was refused. Times are milliseconds since 1970. */
export const MIGRATIONS: readonly string[] = [
  `CREATE TABLE source (
     id INTEGER PRIMARY KEY,
     -- An address or the absolute path of a file.
     location TEXT NOT NULL,
     -- 'list', or 'block-list': the one that the settings of torrents name.
     role TEXT NOT NULL,
     is_on INTEGER NOT NULL,
     -- Of minisign; NULL for a list that is not signed.
     key TEXT,
     -- The version of the copy that is kept, as its server calls it.
     etag TEXT,
     added_at INTEGER NOT NULL,
     tried_at INTEGER,
     read_at INTEGER,
     failures INTEGER NOT NULL,
     trouble TEXT,
     UNIQUE (location, role)
   ) STRICT;
   CREATE TABLE own_rule (
     -- Canonical: an info hash in hex, an address, a block of addresses, a content path.
     subject TEXT NOT NULL,
     -- 'deny', 'allow', or 'banned': an address that the settings of torrents ban.
     effect TEXT NOT NULL,
     reason TEXT NOT NULL,
     added_at INTEGER NOT NULL,
     PRIMARY KEY (subject, effect)
   ) STRICT;
   CREATE TABLE refusal (
     subject TEXT NOT NULL,
     occasion TEXT NOT NULL,
     list TEXT NOT NULL,
     reason TEXT NOT NULL,
     count INTEGER NOT NULL,
     first_at INTEGER NOT NULL,
     last_at INTEGER NOT NULL,
     PRIMARY KEY (subject, occasion, list)
   ) STRICT;
   CREATE INDEX refusal_age ON refusal (last_at);`,
];
