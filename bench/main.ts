/**
 * `npm run bench -- [--quick] [--rounds N] [--dir DIR]`: Shoal beside libtorrent, aria2 and WebTorrent, on loopback
 * and tmpfs, interleaved, in one run; medians and ratios. Writes bench/results/latest.json.
 *
 * Machines drift, so only ratios within a run mean something. Every transfer is checked byte for byte once a client.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ROOT } from '../scripts/steps.ts';
import { setUpPrograms } from '../scripts/setup-programs.ts';
import { createJob, type Measured, type TransferJob, transfer, verifyJob } from './jobs.ts';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    dir: { type: 'string', default: existsSync('/dev/shm') ? '/dev/shm' : '/tmp' },
    only: { type: 'string' },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 1 : 3));
const MIB = 1024 * 1024;

interface Row {
  readonly job: string;
  readonly client: string;
  readonly runs: Measured[];
}

const median = (numbers: readonly number[]): number => {
  const sorted = [...numbers].sort((a, b) => a - b);
  return sorted.length === 0 ? Number.NaN : sorted[Math.floor(sorted.length / 2)]!;
};

function table(rows: readonly Row[]): string {
  const lines = ['| job | client | MiB/s | × Shoal | CPU s/GiB | peak MiB |', '|---|---|---|---|---|---|'];
  for (const { job, client, runs } of rows) {
    const rate = (row: readonly Measured[]): number => median(row.map((run) => run.mibPerSecond));
    const own = rows.find((row) => row.job === job && row.client === 'shoal');
    const ratio = own === undefined ? Number.NaN : rate(runs) / rate(own.runs);
    const cpu =
      runs[0]?.cpuSecondsPerGib === undefined
        ? ''
        : runs[0].cpuSecondsPerGib
            .map((_, side) => median(runs.map((run) => run.cpuSecondsPerGib![side]!)).toFixed(2))
            .join(' / ');
    const peak =
      runs[0]?.peakMib === undefined
        ? ''
        : runs[0].peakMib
            .map((_, side) => Math.round(Math.max(...runs.map((run) => run.peakMib![side]!))))
            .join(' / ');
    lines.push(`| ${job} | ${client} | ${rate(runs).toFixed(0)} | ${ratio.toFixed(2)} | ${cpu} | ${peak} |`);
  }
  return lines.join('\n');
}

const missing = await setUpPrograms();
for (const [program, how] of missing) console.log(`not here: ${program} (${how})`);
const dir = mkdtempSync(join(values.dir, 'shoal-bench-'));
process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
process.on('SIGINT', () => process.exit(130));

const size = (values.quick ? 256 : 2048) * MIB;
mkdirSync(join(dir, 'origin'));
const large = join(dir, 'origin', 'large');
const small = join(dir, 'origin', 'small');
execFileSync('sh', [
  '-c',
  `head -c ${size} /dev/urandom > ${large}; head -c ${256 * MIB} /dev/urandom > ${small}`,
]);

// Memory that a virtual machine touches for the first time costs far more than later: touch what the jobs will use.
execFileSync('sh', ['-c', `cat ${large} ${small} > ${join(dir, 'warm')} && rm ${join(dir, 'warm')}`]);

const jobs: (() => Promise<void>)[] = [];
const rows: Row[] = [];
function plan(job: string, client: string, run: () => Promise<Measured>): void {
  if (values.only !== undefined && !job.includes(values.only)) return;
  const row: Row = { job, client, runs: [] };
  rows.push(row);
  jobs.push(async () => {
    try {
      row.runs.push(await run());
    } catch (error) {
      console.log(`${job}, ${client}: ${error instanceof Error ? error.message.slice(0, 500) : error}`);
    }
  });
}

for (const [name, file, pieceLength] of [
  [`1 → 1, ${size / MIB} MiB, 1 MiB pieces`, large, MIB],
  ['1 → 1, 256 MiB, 16 KiB pieces', small, 16384],
] as const) {
  const job: TransferJob = { dir, file, pieceLength };
  for (const client of ['shoal', 'libtorrent tuned', 'libtorrent', 'aria2', 'webtorrent'] as const) {
    plan(name, client, () => transfer(job, client));
  }
}
for (const version of ['v1', 'v2', 'hybrid'] as const) {
  for (const client of ['shoal', 'libtorrent'] as const)
    plan(`create ${version}`, client, () => createJob(dir, large, version, client));
}
for (const client of ['shoal', 'libtorrent', 'aria2'] as const)
  plan('verify v1', client, () => verifyJob(dir, large, client));

for (let round = 0; round < rounds; round++) {
  for (const job of jobs) await job();
  console.log(`round ${round + 1} of ${rounds} done`);
}

const machine = `${availableParallelism()} × ${cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}, ${values.dir}`;
console.log(`\n${machine}, medians of ${rounds}; CPU and memory: peer / seed\n\n${table(rows)}`);
const results = join(ROOT, 'bench', 'results');
mkdirSync(results, { recursive: true });
writeFileSync(join(results, 'latest.json'), JSON.stringify({ machine, rounds, rows }, undefined, 2));
