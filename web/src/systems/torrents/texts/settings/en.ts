/** Labels and sentences of the settings of torrents, in English. */
import type { SettingText } from '../../../../shell/texts/settings.ts';
import type { PeerSettings } from '../../api.ts';

export type TorrentSettingTexts = Readonly<Record<keyof PeerSettings, SettingText>>;

export const en: TorrentSettingTexts = {
  downloadLimit: {
    label: 'Download limit',
    hint: 'All shares together download no faster than this. Empty: no limit.',
  },
  uploadLimit: {
    label: 'Upload limit',
    hint: 'All shares together upload no faster than this. Empty: no limit.',
  },
  isSlow: {
    label: 'Slow mode',
    hint: 'The slow limits apply until you switch it off.',
  },
  slowDownloadLimit: {
    label: 'Slow download limit',
    hint: 'Replaces the download limit while Shoal is slow.',
  },
  slowUploadLimit: {
    label: 'Slow upload limit',
    hint: 'Replaces the upload limit while Shoal is slow.',
  },
  schedule: {
    label: 'Schedule',
    hint: 'At these hours Shoal uses the slow limits or pauses all shares.',
  },
  meteredInterfaces: {
    label: 'Network interfaces',
    hint: 'Interfaces whose traffic costs money, separated by commas. Example: wwan0',
  },
  onMetered: {
    label: 'On a metered connection',
    hint: 'What Shoal does while it reaches the internet over such an interface.',
    options: { slow: 'Slow', pause: 'Pause' },
  },
  startsAdded: {
    label: 'Start at once',
    hint: 'Otherwise a new share stays paused until you resume it.',
  },
  maxDownloads: {
    label: 'Fetching at once',
    hint: 'Further shares wait for their turn. Empty: all of them fetch.',
  },
  maxSeeds: {
    label: 'Sharing at once',
    hint: 'Further shares wait for their turn. Empty: all of them are shared.',
  },
  stalledMinutes: {
    label: 'Free the place after minutes without progress',
    hint: 'A share that moves no data for so long makes room for the next. Empty: it keeps its place.',
  },
  ratioGoal: {
    label: 'Pause when so many times its size was sent',
    hint: 'With 2, Shoal pauses a share that has sent twice the size of its wanted files, in all runs together. Empty: no goal.',
  },
  seedingGoal: {
    label: 'Pause after minutes of seeding',
    hint: 'The minutes of all runs count together. Empty: no goal.',
  },
  idleGoal: {
    label: 'Pause after minutes without a request',
    hint: 'The minutes count while nobody fetches from the share. Empty: no goal.',
  },
  maxPeers: {
    label: 'Peers of all shares together',
    hint: 'Shoal keeps no more connections than this. Empty: no limit of its own.',
  },
  maxPeersEach: {
    label: 'Peers of each share',
    hint: 'No share keeps more connections than this.',
  },
  usesDht: {
    label: 'Find peers without trackers (DHT)',
    hint: 'The DHT is a directory that peers keep together, without a server. Publications need it.',
  },
  usesLsd: {
    label: 'Find peers on the local network',
    hint: 'Shoal asks around on the local network who has the same shares.',
  },
  usesPex: {
    label: 'Exchange addresses with peers (PEX)',
    hint: 'Connected peers tell each other of more peers.',
  },
  encryption: {
    label: 'Encrypted connections',
    hint: 'Encryption hides that a connection is BitTorrent. It keeps no secret from whoever knows the share. New connections follow a change.',
    options: {
      off: 'Off',
      allowed: 'Where a peer insists',
      preferred: 'Where a peer can',
      required: 'Always, or no connection',
    },
  },
  usesTcp: {
    label: 'Exchange data over TCP',
    hint: 'Most peers can do that. TCP competes with other traffic for the line.',
  },
  usesUtp: {
    label: 'Exchange data over uTP',
    hint: 'uTP takes what other traffic leaves of the line, and reaches peers that TCP does not.',
  },
  peerPort: {
    label: 'Port for peers',
    hint: 'Peers reach Shoal on this port, from its next start on. Empty: the usual port.',
  },
  bannedAddresses: {
    label: 'Addresses of peers to avoid',
    hint: 'Shoal does not talk to these addresses. Commas separate them.',
  },
  usesBlocklist: {
    label: 'Refuse the addresses of a block list',
    hint: 'Shoal does not talk to the addresses of the list below.',
  },
  blocklistUrl: {
    label: 'Address of the list',
    hint: 'Shoal fetches the list from here, and reads it again every day.',
  },
  mayReachPrivate: {
    label: 'Let feeds and torrents name addresses in your own network',
    hint: 'Off, an address that a stranger wrote cannot lead to devices in your network.',
  },
  downloadDir: {
    label: 'Folder for fetched files',
    hint: 'Fetched files go here. Empty: the folder of the start.',
  },
  incompleteDir: {
    label: 'Folder for incomplete files',
    hint: 'Shares lie here while Shoal fetches them. Empty: they lie where they stay.',
  },
  doneDir: {
    label: 'Move complete shares to',
    hint: 'Complete shares move here. Empty: they stay where they are.',
  },
  watchDir: {
    label: 'Add torrent files that appear in',
    hint: 'Shoal adds each torrent file that appears here. Empty: it watches no folder.',
  },
  removesWatched: {
    label: 'Delete these torrent files afterwards',
    hint: 'Otherwise Shoal adds “.added” to their names.',
  },
  cacheSize: {
    label: 'Cache for uploads (MiB)',
    hint: 'Shoal keeps at most this much data in memory to send it again.',
  },
  minFreeBytes: {
    label: 'Stop fetching when less disk space is free (GiB)',
    hint: 'Shoal goes on when there is room again. Empty: it fetches until the disk is full.',
  },
  labels: {
    label: 'Labels',
    hint: 'A label can have a folder and limits of its own.',
  },
  tags: {
    label: 'Other labels to offer, separated by commas',
    hint: 'The page and other programs offer them although no share has them.',
  },
  feeds: {
    label: 'Feeds',
    hint: 'Shoal adds items of an RSS or Atom feed whose titles have all these words. A minus before a word excludes it.',
  },
  feedMinutes: {
    label: 'Minutes between two fetches of a feed',
    hint: 'Five or more. Each feed is fetched as often as this.',
  },
};
