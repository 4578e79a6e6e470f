/**
 * `npm run sim -- --seeds N [--from S]` sweeps the swarm simulation, `npm run sim -- crowd …` measures how well a
 * crowd is served, `npm run sim -- dht --nodes N …` simulates a DHT, `npm run sim -- rules …` rules in swarms.
 * `npm run sim -- --help` lists the options of all.
 */
import { runCrowd } from './torrents/crowd-main.ts';
import { runDht } from './dht/main.ts';
import { runRules } from './rules/main.ts';
import { runSwarms } from './torrents/swarm-main.ts';

const HELP = `npm run sim -- [--seeds N] [--from S] [--peers P] [--mib M]
npm run sim -- crowd [--peers N] [--mib F] [--piece KIB] [--mix [--seed-up MB]] [--seed S] [--out FILE.svg] [--json]
npm run sim -- rules [--seeds N] [--from S] [--machines M]
npm run sim -- dht [--nodes N] [--churn C] [--loss L] [--nat-mix M] [--adversaries A] [--malice KIND] [--clock-skew K]
                   [--seed S] [--lookups N] [--values N] [--age MINUTES] [--partition] [--out FILE.svg] [--json]`;

const [command, ...rest] = process.argv.slice(2);
if (process.argv.includes('--help')) console.log(HELP);
else if (command === 'dht') await runDht(rest);
else if (command === 'crowd') runCrowd(rest);
else if (command === 'rules') await runRules(rest);
else await runSwarms(process.argv.slice(2));
