/** The daemon as a whole: `app/*`, `transfer/*` and `log/*`. */
import { networkInterfaces } from 'node:os';
import { parseHost } from '../../../ground/address.ts';
import { ShoalError } from '../../../ground/errors.ts';
import type { Roster } from '../roster/roster.ts';
import type { ApiOptions } from '../api/options.ts';
import { splitPeer } from './actions.ts';
import type { Form } from './form.ts';
import { preferencesOf, setPreferences } from './preferences.ts';
import type { Endpoints } from './endpoints.ts';
import { transferInfo } from './server-state.ts';

/**
 * The release of the interface. Programs choose their calls by these numbers: from 2.11 on they write `stopped` instead
 * of `paused`, and expect states of that name.
 */
const APP_VERSION = 'v4.6.7';
const API_VERSION = '2.9.3';

export function addApp({ read, act }: Endpoints, { roster, onClose }: ApiOptions): void {
  read('app/version', () => APP_VERSION);
  read('app/webapiVersion', () => API_VERSION);
  read('app/buildInfo', () => ({
    qt: '',
    libtorrent: 'Shoal',
    boost: '',
    openssl: '',
    zlib: '',
    bitness: 64,
    platform: process.platform,
  }));
  read('app/processInfo', () => ({ launch_time: Math.floor(roster.startedAt.getTime() / 1000) }));
  read('app/defaultSavePath', () => roster.downloadDir);
  read('app/preferences', () => preferencesOf(roster));
  act('app/setPreferences', (form) => setPreferences(roster, form.require('json')));
  act('app/shutdown', () => void setImmediate(() => onClose?.()));
  read('app/networkInterfaceList', () =>
    Object.keys(networkInterfaces()).map((name) => ({ name, value: name })),
  );
  read('app/networkInterfaceAddressList', (form) => {
    const iface = form.text('iface');
    return Object.entries(networkInterfaces())
      .filter(([name]) => iface === undefined || name === iface)
      .flatMap(([, addresses]) => (addresses ?? []).map(({ address }) => address));
  });
  // Shoal sends no cookies.
  read('app/cookies', () => []);
  act('app/setCookies', (form) => {
    if (!['[]', ''].includes(form.get('cookies')?.replace(/\s/g, '') ?? ''))
      throw new ShoalError('unsupported', 'no cookies are sent to fetch torrent files');
  });
}

export function addTransfer({ read, act }: Endpoints, roster: Roster): void {
  read('transfer/info', () => transferInfo(roster));
  read('transfer/speedLimitsMode', () => (roster.settings.isSlow ? '1' : '0'));
  act('transfer/toggleSpeedLimitsMode', () => roster.configure({ isSlow: !roster.settings.isSlow }));
  act('transfer/setSpeedLimitsMode', (form) => {
    form.require('mode');
    roster.configure({ isSlow: form.flag('mode') });
  });
  for (const which of ['download', 'upload'] as const) {
    const name = which === 'download' ? 'Download' : 'Upload';
    read(`transfer/${which}Limit`, () => `${roster.settings[`${which}Limit`] ?? 0}`);
    act(`transfer/set${name}Limit`, (form) => {
      form.require('limit');
      roster.configure({ [`${which}Limit`]: form.limit('limit') });
    });
  }
  read('transfer/getSpeedLimits', () => {
    const { downloadLimit, uploadLimit, slowDownloadLimit, slowUploadLimit } = roster.settings;
    return {
      dl_limit: downloadLimit ?? 0,
      up_limit: uploadLimit ?? 0,
      alt_dl_limit: slowDownloadLimit ?? 0,
      alt_up_limit: slowUploadLimit ?? 0,
    };
  });
  act('transfer/setSpeedLimits', (form) =>
    roster.configure({
      downloadLimit: form.limit('dl_limit'),
      uploadLimit: form.limit('up_limit'),
      slowDownloadLimit: form.limit('alt_dl_limit'),
      slowUploadLimit: form.limit('alt_up_limit'),
    }),
  );
  act('transfer/banPeers', (form) => banPeers(roster, form));
}

/** The hosts without their ports: a peer has another port after each start. */
function banPeers(roster: Roster, form: Form): void {
  form.require('peers');
  const hosts = form.list('peers', '|').map((text) => {
    const host = splitPeer(text)?.host;
    if (host === undefined || parseHost(host) === undefined)
      throw new ShoalError('bad-argument', `"${text}" is not a peer: write it as ADDRESS:PORT`);
    return host;
  });
  roster.configure({ bannedAddresses: [...new Set([...roster.settings.bannedAddresses, ...hosts])] });
}

/** Kinds of lines in its numbers. */
const [NORMAL, WARNING] = [1, 4];

export function addLog({ read }: Endpoints, roster: Roster): void {
  const after = (form: Form): number => form.number('last_known_id') ?? -1;
  read('log/main', (form) =>
    roster.log.linesAfter(after(form)).flatMap(({ id, at, text, isWarning }) => {
      const isWanted = form.flag(isWarning ? 'warning' : 'normal') !== false;
      const type = isWarning ? WARNING : NORMAL;
      return isWanted ? [{ id, message: text, timestamp: Math.floor(at.getTime() / 1000), type }] : [];
    }),
  );
  // Peers that were banned, of which the log of their share tells.
  read('log/peers', (form) =>
    roster.log.linesAfter(after(form)).flatMap(({ id, at, text }) => {
      const match = /(\S+):\d+ is banned: (.*)$/.exec(text);
      if (match === null) return [];
      const ip = match[1]!.replace(/^\[|\]$/g, '');
      return [{ id, ip, timestamp: Math.floor(at.getTime() / 1000), blocked: true, reason: match[2] }];
    }),
  );
}
