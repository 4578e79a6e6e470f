/** The only list of systems. A new system adds its line here. */
import type { SystemDeclaration } from '../host/system.ts';
import type { Mount } from '../http/mount.ts';
import { rules } from '../systems/rules/system.ts';
import { torrents } from '../systems/torrents/system.ts';

export const CATALOG: readonly SystemDeclaration<Mount>[] = [torrents, rules];
