/** The keys of answers in the query cache. */

const of =
  (what: string) =>
  (id: number): readonly unknown[] => ['torrents', 'share', id, what];

export const keys = {
  status: ['torrents', 'status'],
  settings: ['torrents', 'settings'],
  allRates: ['torrents', 'rates'],
  feeds: ['torrents', 'feeds'],
  blocklist: ['torrents', 'blocklist'],
  files: of('files'),
  peers: of('peers'),
  trackers: of('trackers'),
  pieces: of('pieces'),
  rates: of('rates'),
  log: of('log'),
} as const;
