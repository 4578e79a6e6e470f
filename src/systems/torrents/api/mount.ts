/** All interfaces of the torrents system: the API, the files, and the interfaces of other clients. */
import type { Access } from '../../../http/access.ts';
import type { Mount, Server } from '../../../http/mount.ts';
import { addFiles } from '../media/files.ts';
import { addWebDav } from '../media/webdav.ts';
import { addQbittorrent } from '../qbittorrent/routes.ts';
import { addTransmission } from '../transmission/rpc.ts';
import { addDetails } from './details.ts';
import { addDht } from './dht.ts';
import { addEvents } from './events.ts';
import { addFollows } from './follows.ts';
import { addKeys } from './key-routes.ts';
import type { ApiOptions } from './options.ts';
import { addPeer } from './peer.ts';
import { addPublications } from './publications.ts';
import { addShares } from './shares.ts';
import { addUploads } from './uploads.ts';
import { addWatch } from './watch.ts';

export function createMount(options: ApiOptions): Mount {
  return {
    addRoutes: (server, access) => addRoutes(server, options, access),
    addMetrics: async (registry) => (await import('./metrics.ts')).createCollector(registry, options.roster),
  };
}

function addRoutes(server: Server, options: ApiOptions, access: Access): void {
  addShares(server, options);
  addDetails(server, options, access);
  addPeer(server, options);
  addDht(server, options);
  addEvents(server, options);
  addWatch(server, options);
  addPublications(server, options.updates.publications);
  addFollows(server, options.updates.follows);
  addUploads(server, options);
  addFiles(server, options, access);
  addKeys(server, options, access);
  addWebDav(server, options);
  // In rooms of their own: these read bodies in another way.
  server.register(async (room) => addTransmission(room, options));
  server.register(async (room) => addQbittorrent(room, options, access));
}
