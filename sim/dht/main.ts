/** `npm run sim -- dht`: simulates a DHT, prints a table of what it did, and draws pictures of it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { MALICE_KINDS, type MaliceKind } from './malice.ts';
import { type DhtReport, DhtSim } from './dht-sim.ts';
import { cumulative, drawPanels, type Panel, quantile } from '../svg.ts';

const RESULTS = join(import.meta.dirname, '..', 'results');

export async function runDht(args: string[]): Promise<void> {
  const { values } = parseArgs({
    args,
    options: {
      nodes: { type: 'string', default: '1000' },
      churn: { type: 'string', default: '0' },
      loss: { type: 'string', default: '0' },
      'nat-mix': { type: 'string', default: '0' },
      adversaries: { type: 'string', default: '0' },
      malice: { type: 'string', default: 'poison' },
      'clock-skew': { type: 'string', default: '0' },
      seed: { type: 'string' },
      lookups: { type: 'string', default: '1000' },
      values: { type: 'string', default: '100' },
      age: { type: 'string', default: '10' },
      partition: { type: 'boolean', default: false },
      out: { type: 'string', default: join(RESULTS, 'dht.svg') },
      json: { type: 'boolean', default: false },
    },
  });
  if (!MALICE_KINDS.includes(values.malice as MaliceKind))
    throw new Error(`--malice is one of ${MALICE_KINDS.join(', ')}`);
  const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
  const started = performance.now();
  const sim = new DhtSim({
    seed,
    nodes: Number(values.nodes),
    churn: Number(values.churn),
    faults: { loss: Number(values.loss) },
    natMix: Number(values['nat-mix']),
    adversaries: Number(values.adversaries),
    malice: values.malice as MaliceKind,
    clockSkew: Number(values['clock-skew']),
    lookups: Number(values.lookups),
    values: Number(values.values),
    ageMinutes: Number(values.age),
    partition: values.partition,
    onPhase: (phase) => {
      if (!values.json)
        console.error(`${((performance.now() - started) / 1000).toFixed(0).padStart(4)} s  ${phase}`);
    },
  });
  const report = await sim.run();
  const seconds = (performance.now() - started) / 1000;
  const usedBytes = process.memoryUsage().rss;
  const row = {
    seed,
    ...summarize(report),
    seconds: Math.round(seconds),
    peakMib: Math.round(process.resourceUsage().maxRSS / 1024),
    kibPerNode: Math.round(usedBytes / 1024 / report.nodes),
  };
  console.log(values.json ? JSON.stringify(row) : table(row));
  mkdirSync(dirname(values.out), { recursive: true });
  writeFileSync(values.out, drawPanels(titleOf(report, row.seed), panelsOf(report)));
  if (!values.json)
    console.log(`\npictures: ${values.out}\nagain: npm run sim -- dht ${withoutSeed(args)} --seed ${seed}`);
}

function withoutSeed(args: readonly string[]): string {
  return args.filter((arg, i) => !arg.startsWith('--seed') && args[i - 1] !== '--seed').join(' ');
}

/** Medians and 99th percentiles of a run. */
export function summarize(report: DhtReport): Record<string, number | string> {
  const found = report.records.filter((record) => record.isFound);
  const of = (
    pick: (record: DhtReport['records'][number]) => number,
    share: number,
    list = report.records,
  ): number => Number(quantile(list.map(pick), share).toFixed(0));
  return {
    nodes: report.nodes,
    'virtual minutes': Number(report.virtualMinutes.toFixed(0)),
    'values stored': report.stored,
    lookups: report.records.length,
    'success %': Number((100 * report.success).toFixed(2)),
    'hops median': of((record) => record.hops, 0.5, found),
    'hops p99': of((record) => record.hops, 0.99, found),
    'queries a lookup median': of((record) => record.queries, 0.5),
    'queries a lookup p99': of((record) => record.queries, 0.99),
    'ms to the value median': of((record) => record.foundMs, 0.5, found),
    'ms to the value p99': of((record) => record.foundMs, 0.99, found),
    'ms a lookup median': of((record) => record.durationMs, 0.5),
    'ms a lookup p99': of((record) => record.durationMs, 0.99),
    'packets in a node-minute median': Number(quantile(report.packetsPerNodeMinute, 0.5).toFixed(1)),
    'packets in a node-minute p99': Number(quantile(report.packetsPerNodeMinute, 0.99).toFixed(1)),
    'contacts a table': Number(report.tableSize.toFixed(0)),
    'contacts that are up %': Number((100 * report.tableFreshness).toFixed(1)),
    'minutes to heal': report.healMinutes === undefined ? '-' : Number(report.healMinutes.toFixed(1)),
    'lies told': report.lies,
    'replays accepted': report.replaysAccepted,
    events: report.events,
    digest: report.digest,
  };
}

function table(row: Record<string, number | string>): string {
  const width = Math.max(...Object.keys(row).map((key) => key.length));
  return Object.entries(row)
    .map(([key, value]) => `${key.padEnd(width)}  ${value}`)
    .join('\n');
}

function titleOf(report: DhtReport, seed: number): string {
  return `DHT of ${report.nodes} nodes, seed ${seed}: ${(100 * report.success).toFixed(1)} % of ${report.records.length} lookups succeed`;
}

function panelsOf(report: DhtReport): Panel[] {
  const found = report.records.filter((record) => record.isFound);
  const hops = new Map<number, number>();
  for (const { hops: count } of found) hops.set(count, (hops.get(count) ?? 0) + 1);
  const panels: Panel[] = [
    {
      title: 'Time of a lookup',
      xLabel: 'seconds',
      yLabel: 'share of lookups',
      kind: 'line',
      yMax: 1,
      series: [
        { name: 'to the value', points: cumulative(found.map((record) => record.foundMs / 1000)) },
        { name: 'to the end', points: cumulative(report.records.map((record) => record.durationMs / 1000)) },
      ],
    },
    {
      title: 'Hops to the value',
      xLabel: 'hops',
      yLabel: 'lookups',
      kind: 'bars',
      series: [{ name: 'hops', points: [...hops].sort((a, b) => a[0] - b[0]) }],
    },
    {
      title: 'Queries of a lookup',
      xLabel: 'queries',
      yLabel: 'share of lookups',
      kind: 'line',
      yMax: 1,
      series: [{ name: 'queries', points: cumulative(report.records.map((record) => record.queries)) }],
    },
  ];
  panels.push(
    report.heal.length > 0
      ? {
          title: 'After a partition of 30 minutes',
          xLabel: 'minutes since it healed',
          yLabel: 'lookups across that succeed',
          kind: 'line',
          yMax: 1,
          series: [{ name: 'success', points: [[0, 0], ...report.heal] }],
        }
      : {
          title: 'Load of a node',
          xLabel: 'packets received a minute',
          yLabel: 'share of nodes',
          kind: 'line',
          yMax: 1,
          series: [{ name: 'packets', points: cumulative(report.packetsPerNodeMinute) }],
        },
  );
  return panels;
}
