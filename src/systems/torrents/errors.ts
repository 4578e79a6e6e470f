/** The error codes of the torrents system. */
import { EXIT, type ErrorDeclaration } from '../../host/errors.ts';

export type TorrentErrorCode = 'bad-torrent' | 'data-mismatch' | 'directory-in-use' | 'nothing-found';

declare module '../../ground/errors.ts' {
  interface SystemErrorCodes extends Readonly<Record<TorrentErrorCode, true>> {}
}

export const ERRORS: Readonly<Record<TorrentErrorCode, ErrorDeclaration>> = {
  'bad-torrent': {
    httpStatus: 400,
    meaning:
      'this is no torrent file (a web page, a text, …), it is cut off or damaged, or it breaks its specification; which is in the message, the byte at which the decoder stopped in `detail` (`--json`, `-v`)',
    remedy: 'get it elsewhere',
  },
  'data-mismatch': {
    meaning: '`share FILE.torrent`: the data is not whole',
    remedy: '`shoal get` the rest',
  },
  'directory-in-use': {
    httpStatus: 409,
    meaning: 'this share runs in this folder already',
    remedy: 'stop it',
  },
  'nothing-found': {
    exitStatus: EXIT.nothingFound,
    meaning: 'nothing new came within `--timeout`; no DHT node answered, or none knows it',
    remedy: '`--peer`, `--tracker`, `--dht-node`, more time',
  },
};
