/** The commands of the torrents system, by group of the help. */
import type { Commands } from '../../../host/system.ts';
import { addDht } from './dht-program.ts';
import { addDrive } from './drive-program.ts';
import { addHeld } from './held-program.ts';
import { addFollow, addGet, addPublish, addShare } from './share-program.ts';
import { addStream } from './stream-program.ts';
import { addCreate, addInspect, addTracker, addVerify } from './tools-program.ts';

export const COMMANDS: Commands = {
  share: (program, daemon) => {
    for (const add of [addShare, addGet, addPublish, addFollow]) add(program);
    addStream(program, daemon);
  },
  daemon: (program) => {
    for (const add of [addDrive, addHeld]) add(program);
  },
  tools: (program) => {
    for (const add of [addCreate, addInspect, addVerify, addTracker, addDht]) add(program);
  },
};
