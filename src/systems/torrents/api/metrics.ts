/** The metrics of the torrents system (`GET /metrics`). */
import { Counter, Gauge, type Registry } from 'prom-client';
import type { Roster } from '../roster/roster.ts';
import { PHASES } from './schemas/share.ts';
import { phaseOf } from './summary.ts';
import type { Phase } from './types.ts';

/** @returns reads the roster into the metrics */
export function createCollector(registry: Registry, roster: Roster): () => void {
  const gauge = (name: string, help: string, ...labelNames: string[]): Gauge =>
    new Gauge({ name: `shoal_${name}`, help, labelNames, registers: [registry] });
  const shares = gauge('shares', 'Shares by phase.', 'phase');
  const peers = gauge('peers', 'Connections to peers.');
  const rate = gauge('rate_bytes_per_second', 'Bytes of blocks per second, by direction.', 'direction');
  const missing = gauge('missing_bytes', 'Wanted bytes that are not here yet.');
  const nodes = gauge('dht_nodes', 'Good nodes in the routing tables of the DHT.');
  const blocked = gauge('blocked_ranges', 'Ranges of addresses in the block list in force.');
  const moved = new Counter({
    name: 'shoal_moved_bytes_total',
    help: 'Bytes of blocks since the start of the daemon, by direction.',
    labelNames: ['direction'],
    registers: [registry],
  });
  // A collector sees both from the beginning.
  for (const direction of ['down', 'up']) moved.inc({ direction }, 0);
  const before = new Map<number, { down: number; up: number }>();
  return () => {
    const phases = new Map<Phase, number>(PHASES.map((phase) => [phase, 0]));
    let [connections, left, down, up] = [0, 0, 0, 0];
    for (const entry of roster.all) {
      const status = entry.share?.status();
      const { total, done } = entry.size();
      const phase = phaseOf(entry);
      phases.set(phase, (phases.get(phase) ?? 0) + 1);
      left += total - done;
      connections += status?.peers ?? 0;
      down += status?.downloadRate ?? 0;
      up += status?.uploadRate ?? 0;
      const { downloaded, uploaded } = entry.totals;
      const last = before.get(entry.stored.id) ?? entry.before;
      const [downBefore, upBefore] = 'down' in last ? [last.down, last.up] : [last.downloaded, last.uploaded];
      moved.inc({ direction: 'down' }, Math.max(0, downloaded - downBefore));
      moved.inc({ direction: 'up' }, Math.max(0, uploaded - upBefore));
      before.set(entry.stored.id, { down: downloaded, up: uploaded });
    }
    for (const [phase, count] of phases) shares.set({ phase }, count);
    peers.set(connections);
    missing.set(left);
    rate.set({ direction: 'down' }, down);
    rate.set({ direction: 'up' }, up);
    nodes.set(roster.peer.dht?.status().reduce((sum, { good }) => sum + good, 0) ?? 0);
    blocked.set(roster.blockList.size);
  };
}
