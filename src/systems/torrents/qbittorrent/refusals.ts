/** Routes of qBittorrent's API that the daemon does not offer. Each is refused with the reason, not with "not found". */

const RSS = 'feeds are set on the page, or with the setting "feeds" of the HTTP API';
const SEARCH = 'Shoal has no search plugins';
const CREATE = 'make torrent files with: shoal create';
const WEB_SEEDS = 'web seeds come from the torrent or the link';
const METADATA = 'add the torrent to see its files';
const SSL = 'connections to peers have no certificates (SSL torrents)';
const KEYS = 'the token lies in the state folder';
const DATA = 'the daemon stores no data for programs';

const without = (folder: string, names: readonly string[], why: string): [string, string][] =>
  names.map((name) => [`${folder}/${name}`, why]);

/** By path. */
export const REFUSALS: ReadonlyMap<string, string> = new Map([
  ...without(
    'rss',
    [
      'addFeed',
      'addFolder',
      'cloneRule',
      'exportRules',
      'importRules',
      'items',
      'markAsRead',
      'matchingArticles',
      'moveItem',
      'refreshItem',
      'removeItem',
      'removeRule',
      'renameRule',
      'rules',
      'setFeedRefreshInterval',
      'setFeedURL',
      'setRule',
    ],
    RSS,
  ),
  ...without(
    'search',
    [
      'categories',
      'delete',
      'downloadTorrent',
      'enablePlugin',
      'installPlugin',
      'plugins',
      'results',
      'start',
      'status',
      'stop',
      'uninstallPlugin',
      'updatePlugins',
    ],
    SEARCH,
  ),
  ...without('torrentcreator', ['addTask', 'deleteTask', 'status', 'torrentFile'], CREATE),
  ...without('torrents', ['addWebSeeds', 'editWebSeed', 'removeWebSeeds'], WEB_SEEDS),
  ...without('torrents', ['fetchMetadata', 'parseMetadata', 'saveMetadata'], METADATA),
  ...without('torrents', ['SSLParameters', 'setSSLParameters'], SSL),
  ...without('app', ['rotateAPIKey', 'deleteAPIKey'], KEYS),
  ...without('clientdata', ['load', 'store'], DATA),
  ['torrents/downloadFile', 'files are read at /files/ and /webdav/'],
  ['torrents/setComment', 'the comment is part of the torrent'],
  ['torrents/setDownloadPath', 'the folder of an unfinished share is chosen when the share is added'],
  ['transfer/pauseSession', 'stop the torrents instead: torrents/stop with hashes=all'],
  ['transfer/resumeSession', 'start the torrents instead: torrents/start with hashes=all'],
  ['app/sendTestEmail', 'no mail is sent'],
  ['app/getDirectoryContent', 'folders of this machine are not shown to programs'],
  ['app/getFreeSpaceAtPath', 'ask sync/maindata for free_space_on_disk'],
]);
