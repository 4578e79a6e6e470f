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
      'the file is no torrent (but a web page, a text, …), is cut off or damaged, or breaks its specification; the message says which, and `detail` (`--json`, `-v`) has the byte at which the decoder stopped',
    remedy: 'get it elsewhere',
  },
  'data-mismatch': {
    meaning: 'the data of `share FILE.torrent` is not whole',
    remedy: 'fetch the rest with `shoal get`',
  },
  'directory-in-use': {
    httpStatus: 409,
    meaning: 'this share runs already, in this folder or in the one that the message names',
    remedy: 'stop or remove it',
  },
  'nothing-found': {
    exitStatus: EXIT.nothingFound,
    meaning: 'nothing new came within `--timeout`, or no DHT node answered or knows it',
    remedy: 'try `--peer`, `--tracker`, `--dht-node` or more time',
  },
};
