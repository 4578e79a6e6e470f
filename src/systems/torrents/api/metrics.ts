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
  const shares = gauge('shares', 'shares by phase', 'phase');
  const peers = gauge('peers', 'connections');
  const rate = gauge('rate_bytes_per_second', 'block bytes a second', 'direction');
  const missing = gauge('missing_bytes', 'wanted bytes that are not here yet');
  const nodes = gauge('dht_nodes', 'good nodes in the routing tables');
  const blocked = gauge('blocked_ranges', 'ranges of the block list in force');
  const moved = new Counter({
    name: 'shoal_moved_bytes_total',
    help: 'block bytes since the start of the daemon',
    labelNames: ['direction'],
    registers: [registry],
  });
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
