/**
 * `npm test`: everything that proves the project, in the order in which it fails fastest. The interop suites need
 * programs that others wrote; `setup-programs.ts` installs them as root on Debian. Where they are missing their suites
 * are skipped and named; with CI=true a skip is a failure, unless the machine itself cannot run the test.
 */
import { setUpPrograms } from './setup-programs.ts';
import { QUICK_STEPS, runStep, testStep, totals } from './steps.ts';

const isCi = process.env.CI === 'true';
let isGood = true;
for (const step of QUICK_STEPS) isGood = (await runStep(step)) && isGood;

const missing = await setUpPrograms();
for (const [program, how] of missing)
  console.log(`  not here: ${program}; its suites are skipped. To get it: ${how}`);

const slow = [
  testStep('command line, library, package', ['test/*/*.test.ts'], 2),
  testStep('simulation', ['sim/*/*.test.ts'], 2),
  testStep('interop', ['interop/*/*.test.ts'], 1),
];
for (const step of slow) isGood = (await runStep(step)) && isGood;

const unexcused = totals.skipped - totals.excused;
if (isCi && (unexcused > 0 || missing.length > 0)) {
  console.log(
    `✖ CI runs everything that the machine can run: ${unexcused} tests were skipped, ${missing.length} programs are missing`,
  );
  isGood = false;
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = isGood && totals.failed === 0 ? 0 : 1;
