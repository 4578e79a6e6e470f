/** Other nodes for the DHT of the daemon to begin with: what `--dht-node` is to a command of its own. */
import { ShoalError } from '../../../ground/errors.ts';
import type { Server } from '../../../http/mount.ts';
import { DONE, ERROR } from '../../../http/schemas.ts';
import type { ApiOptions } from './options.ts';
import { DHT_NODES } from './schemas/daemon.ts';
import { readPeers } from './shares.ts';

export function addDht(server: Server, { roster }: ApiOptions): void {
  server.post(
    '/api/v1/torrents/dht-nodes',
    {
      schema: {
        summary: 'Has the DHT of the daemon begin with these nodes as well, until its end.',
        body: DHT_NODES,
        response: { 204: DONE, '4xx': ERROR },
      },
    },
    async ({ body: { nodes } }, reply) => {
      const { dht } = roster.peer;
      if (dht === undefined) throw new ShoalError('unsupported', 'this daemon does without the DHT');
      for (const { host, port } of readPeers(nodes)) dht.addNode('person', host, port);
      return reply.code(204).send();
    },
  );
}
