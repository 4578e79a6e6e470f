/** `npm run check`: the quick subset for working: types, lint, layer rules, unit tests. Under a minute. */
import { QUICK_STEPS, runStep } from './steps.ts';

let isGood = true;
for (const step of QUICK_STEPS) isGood = (await runStep(step)) && isGood;
process.exitCode = isGood ? 0 : 1;
