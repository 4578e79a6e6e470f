// The examples of docs/library.md, run as they stand.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { ROOT } from '../../scripts/steps.ts';

const page = readFileSync(join(ROOT, 'docs', 'library.md'), 'utf8');
const examples = [...page.matchAll(/## (.*?)\n[\s\S]*?```ts\n([\s\S]*?)```/g)].map(
  (match) => [match[1]!, match[2]!] as const,
);
const expected: readonly RegExp[] = [
  /seeding \d+ of \d+\n.*photos \d+/s,
  /photos 2/,
  /true 0/,
  /aborted/,
  /kept by 1 node\n.*knows 1 node/s,
  /denied the rules deny this share: not here \(list "ours"\)/,
];

test('there are as many examples as expectations', () => assert.equal(examples.length, expected.length));

/** Runs examples one after the other in one folder. @returns what each printed */
function runAll(codes: readonly string[]): string[] {
  const dir = mkdtempSync(join(tmpdir(), 'shoal-example-'));
  try {
    mkdirSync(join(dir, 'photos'));
    writeFileSync(join(dir, 'photos', 'a.txt'), 'a'.repeat(100_000));
    writeFileSync(join(dir, 'photos', 'b.jpg'), 'b'.repeat(200_000));
    symlinkSync(join(ROOT, 'node_modules'), join(dir, 'node_modules'));
    return codes.map((code) => {
      writeFileSync(
        join(dir, 'example.ts'),
        // Nothing leaves this machine.
        code
          .replaceAll("from 'shoal'", `from '${join(ROOT, 'src', 'index.ts')}'`)
          .replaceAll('port: 0 });', 'port: 0, dht: false, lsd: false });'),
      );
      return execFileSync(process.execPath, ['example.ts'], { cwd: dir, encoding: 'utf8', timeout: 60_000 });
    });
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

for (const [index, [name, code]] of examples.entries()) {
  test(`example: ${name}`, () => assert.match(runAll([code])[0]!, expected[index]!));
}

test('the examples may be tried one after the other in one folder', () => {
  const outputs = runAll(examples.slice(0, 3).map(([, code]) => code));
  for (const [index, output] of outputs.entries()) assert.match(output, expected[index]!);
});
