/**
 * `npm run sim -- crowd [--peers N] [--mib F] [--piece KIB] [--seed S] [--out FILE.svg] [--json]` lets a crowd of equals
 * fetch from one seed of the same uplink; `--mix` is a realistic one. Prints times against the fluid lower bound.
 */
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createPrng } from '../../src/ground/prng.ts';
import { Crowd, type CrowdPeer, jainIndex, type Member } from './crowd.ts';
import { drawPanels } from '../svg.ts';

const UPLINK = 1_000_000;
/** Home links are asymmetric. */
const DOWN_PER_UP = 8;

/** One seed and `peers` others, all with the same uplink, all at once. */
export function equals(peers: number): Member[] {
  const rates = { up: UPLINK, down: DOWN_PER_UP * UPLINK };
  return [
    { role: 'seed', ...rates },
    ...Array.from({ length: peers }, (): Member => ({ role: 'honest', ...rates })),
  ];
}

/**
 * 10 % fast, 60 % middle, 30 % slow; every fifth gives nothing; a few play tit for tat (many connections, as many slots,
 * little for each); a fifth goes early, and newcomers take their places. A peer that has all pieces leaves.
 * @param seedUp bytes a second
 */
export function mix(peers: number, seedUp: number, seed: number): Member[] {
  const prng = createPrng(seed);
  const members: Member[] = [{ role: 'seed', up: seedUp, down: 10 * UPLINK }];
  const common = { leavesWhenDone: true };
  for (let i = 0; i < peers; i++) {
    const up = i < peers * 0.1 ? 4 * UPLINK : i < peers * 0.7 ? UPLINK : UPLINK / 4;
    const leaves = prng.fraction() < 0.2 ? { leavesAt: 20_000 + prng.below(60_000) } : {};
    const role = i % 5 === 4 ? 'free rider' : 'honest';
    members.push({ ...common, role, up, down: DOWN_PER_UP * up, joinsAt: prng.below(10_000), ...leaves });
  }
  const middle = { ...common, up: UPLINK, down: DOWN_PER_UP * UPLINK };
  for (let i = 0; i < peers / 5; i++)
    members.push({ ...middle, role: 'honest', joinsAt: 20_000 + prng.below(60_000) });
  for (let i = 0; i < peers / 20; i++)
    members.push({ ...middle, role: 'strategist', joinsAt: prng.below(10_000) });
  return members;
}

export interface CrowdReport {
  readonly boundSeconds: number;
  readonly finished: number;
  readonly fetching: number;
  /** Of those who finished, counted from when they came: multiples of the bound. */
  readonly median: number;
  readonly last: number;
  /** Bytes that all uplinks sent, for a byte that somebody needed. */
  readonly sentPerNeeded: number;
  /** Copies that the seed had sent when all pieces were out: 1 is the least. */
  readonly seedCopies: number;
  /** Jain's index of download over upload, of those who contribute. */
  readonly fairness: number;
  /** Medians against those of honest peers with the same uplink. */
  readonly freeRiders: number;
  readonly strategists: number;
  readonly events: number;
}

const timeOf = ({ completedAt, member }: CrowdPeer): number => (completedAt! - (member.joinsAt ?? 0)) / 1000;

function median(numbers: readonly number[]): number {
  return [...numbers].sort((a, b) => a - b)[numbers.length >> 1] ?? Number.NaN;
}

export function reportOf(crowd: Crowd): CrowdReport {
  const done = crowd.fetching.filter(({ completedAt }) => completedAt !== undefined);
  const honest = done.filter(({ member }) => member.role === 'honest');
  const early = honest.filter(({ member }) => (member.joinsAt ?? 0) <= 10_000);
  const times = (role: string): number[] => done.filter(({ member }) => member.role === role).map(timeOf);
  const boundSeconds = crowd.fluidBound();
  const needed = done.length * crowd.geometry.dataLength;
  const middle = early.filter(({ member }) => member.up === UPLINK).map(timeOf);
  return {
    boundSeconds,
    finished: done.length,
    fetching: crowd.fetching.filter(({ member }) => member.leavesAt === undefined).length,
    median: median(honest.map(timeOf)) / boundSeconds,
    last: Math.max(...honest.map(timeOf)) / boundSeconds,
    sentPerNeeded: crowd.peers.reduce((sum, { host }) => sum + host.sentBytes, 0) / needed,
    seedCopies: crowd.seedCopies ?? Number.NaN,
    fairness: jainIndex(early.map((peer) => crowd.geometry.dataLength / Math.max(1, peer.sentAtCompletion))),
    freeRiders: median(times('free rider')) / median(early.map(timeOf)),
    strategists: median(times('strategist')) / median(middle),
    events: crowd.world.events,
  };
}

/** The times at which peers were done, by role and uplink. */
function picture(crowd: Crowd, title: string): string {
  const done = crowd.fetching.filter(({ completedAt }) => completedAt !== undefined);
  const name = ({ member: { role, up } }: CrowdPeer): string =>
    role === 'honest' ? `${up / 1e6} MB/s` : role;
  const names = [...new Set(done.map(name))].slice(0, 4);
  const share = (group: readonly CrowdPeer[]): (readonly [number, number])[] => {
    const times = group.map(timeOf).sort((a, b) => a - b);
    return times.map((time, i) => [time, (100 * (i + 1)) / times.length] as const);
  };
  const sent = (group: readonly CrowdPeer[]): (readonly [number, number])[] =>
    group.map((peer) => [timeOf(peer), peer.sentAtCompletion / 2 ** 20] as const).sort((a, b) => a[0] - b[0]);
  const by = (points: typeof share) =>
    names.map((label) => ({ name: label, points: points(done.filter((peer) => name(peer) === label)) }));
  return drawPanels(title, [
    {
      title: 'done',
      xLabel: 'seconds since it came',
      yLabel: '% of them',
      kind: 'line',
      series: by(share),
      yMax: 100,
    },
    {
      title: 'given until done',
      xLabel: 'seconds since it came',
      yLabel: 'MiB',
      kind: 'line',
      series: by(sent),
    },
  ]);
}

export function runCrowd(args: string[]): void {
  const { values } = parseArgs({
    args,
    options: {
      peers: { type: 'string', default: '100' },
      mib: { type: 'string', default: '64' },
      piece: { type: 'string', default: '64' },
      seed: { type: 'string', default: '1' },
      mix: { type: 'boolean', default: false },
      'seed-up': { type: 'string', default: '0.5' },
      out: { type: 'string' },
      json: { type: 'boolean', default: false },
    },
  });
  const [peers, seed] = [Number(values.peers), Number(values.seed)];
  const members = values.mix ? mix(peers, Number(values['seed-up']) * UPLINK, seed) : equals(peers);
  const sizeBytes = Number(values.mib) * 2 ** 20;
  const crowd = new Crowd({ seed, sizeBytes, pieceLength: Number(values.piece) * 1024, members });
  const report = reportOf(crowd.run(3_600_000));
  const title = `${peers} peers, ${values.mib} MiB in pieces of ${values.piece} KiB${values.mix ? ', mixed' : ''}`;
  if (values.out !== undefined) writeFileSync(values.out, picture(crowd, title));
  if (values.json) console.log(JSON.stringify(report));
  else {
    const { boundSeconds, median: middle, last, fairness, freeRiders, strategists } = report;
    console.log(
      `${title}: ${report.finished} of ${report.fetching} have it; fluid bound ${boundSeconds.toFixed(1)} s`,
    );
    console.log(
      `median ${middle.toFixed(2)} × the bound, last ${last.toFixed(2)} ×; sent ${report.sentPerNeeded.toFixed(3)} bytes a byte; ` +
        `the seed ${report.seedCopies.toFixed(2)} copies until all was out`,
    );
    if (values.mix)
      console.log(
        `fairness ${fairness.toFixed(3)}; free riders ${freeRiders.toFixed(2)} × as long, strategists ${strategists.toFixed(2)} ×`,
      );
  }
}
