/** The signing keys in the state folder that a command line names. */
import { join, resolve } from 'node:path';
import { KeyStore } from '../host/state/key-store.ts';
import { defaultStateDir } from '../host/state/state-folder.ts';
import type { CommonOptions } from './options.ts';

export function openKeys(options: CommonOptions): KeyStore {
  return new KeyStore(join(resolve(options.state ?? defaultStateDir()), 'keys'));
}
