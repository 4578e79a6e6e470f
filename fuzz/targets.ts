/** All targets. Those of a system are in a file of its name; a target's corpus is in `corpus/<its name>`. */
import { DATA_TARGETS } from './data.ts';
import { ENCRYPTION_TARGETS } from './encryption.ts';
import { GROUND_TARGETS } from './ground.ts';
import { NET_TARGETS } from './net.ts';
import { RULE_TARGETS } from './rules.ts';
import type { Target } from './target.ts';
import { TORRENT_TARGETS } from './torrents.ts';
import { UTP_TARGETS } from './utp.ts';

export const TARGETS: readonly Target[] = [
  ...GROUND_TARGETS,
  ...DATA_TARGETS,
  ...NET_TARGETS,
  ...ENCRYPTION_TARGETS,
  ...UTP_TARGETS,
  ...TORRENT_TARGETS,
  ...RULE_TARGETS,
];
