/**
 * Bootstrap nodes for a peer with an empty table: nodes of several independent people, by name and, in case that
 * names do not resolve, by address. Such nodes die (four well-known ones had by May 2026), so nothing relies on any
 * of them. A peer that ran before begins with the table that it kept.
 */
export const DEFAULT_ROUTERS: readonly string[] = [
  'dht.libtorrent.org:25401',
  'dht.transmissionbt.com:6881',
  'dht.anacrolix.link:42069',
  'router.bittorrent.cloud:42069',
  'router.silotis.us:6881',
  '185.157.221.247:25401',
  '87.98.162.88:6881',
  '212.129.33.59:6881',
];
