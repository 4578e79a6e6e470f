// Generated tables: what is declared is in them, and a document that lacks its place for one is refused.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Command } from 'commander';
import { apiTable } from './docs/api.ts';
import { commandsReference } from './docs/commands.ts';
import { fieldsBySetting } from './docs/elsewhere.ts';
import { replacePart, table } from './docs/markdown.ts';
import { metricsTable } from './docs/metrics.ts';
import { settingsTable, typeOf } from './docs/settings.ts';

const MARKED = 'before\n<!-- x: made by npm run docs -->\nold\n<!-- end of x -->\nafter\n';

test('a part takes its place, and the rest of the document stays', () => {
  const once = replacePart(MARKED, 'x', '| new |');
  assert.equal(once, 'before\n<!-- x: made by npm run docs -->\n\n| new |\n\n<!-- end of x -->\nafter\n');
  assert.equal(replacePart(once, 'x', '| new |'), once);
  assert.notEqual(replacePart(once, 'x', '| newer |'), once);
  for (const text of ['no marks', `${MARKED}${MARKED}`, MARKED.replace('end of x', 'end of y')])
    assert.throws(() => replacePart(text, 'x', ''), /has to have the marks/);
});

test('cells keep their bars and have one line', () => {
  assert.equal(table(['a', 'b'], [['x|y', '']]), '| a | b |\n|---|---|\n| x\\|y | |');
  assert.match(table(['a'], [['one\n  two']]), /\| one two \|/);
});

test('a route has its summary, its query and body, and what it answers when all is well', () => {
  const schema = { type: 'object', properties: { link: {}, folder: {} }, required: ['link'] };
  const text = apiTable({
    paths: {
      '/b': {
        patch: {
          summary: 'Changes.',
          requestBody: { content: { 'application/json': { schema } } },
          responses: { '200': { description: 'The thing.' }, '4XX': { description: 'The request failed.' } },
        },
        get: { summary: 'Reads.', parameters: [{ name: 'cells', in: 'query' }] },
      },
      '/a': { get: { summary: 'Lists.' } },
    },
  });
  assert.deepEqual(text.split('\n').slice(2), [
    '| `GET /a` | Lists. | | |',
    '| `GET /b` | Reads. | query: `cells?` | |',
    '| `PATCH /b` | Changes. | body: `link`, `folder?` | 200: The thing. |',
  ]);
});

test('a setting has its type in words, its default and its names elsewhere', () => {
  const level = {
    type: ['integer', 'null'],
    minimum: 1,
    maximum: 5,
    default: null,
    description: 'How high.',
  };
  const mode = { enum: ['slow', 'pause'], default: 'pause', description: 'What.' };
  const fields = fieldsBySetting({ level, mode }, (settings) => ({ theirs: settings.level, own: 1 }));
  const text = settingsTable({ level, mode }, ['theirs'], (name) => [fields.get(name)!.join()]);
  assert.deepEqual(text.split('\n').slice(2), [
    '| `level` | whole number from 1 to 5, or null | `null` | How high. | theirs |',
    '| `mode` | `slow` or `pause` | `"pause"` | What. | |',
  ]);
  assert.equal(typeOf({ type: 'number', minimum: 0 }), 'number of at least 0');
});

test('a command has its arguments and options; hidden commands are left out', () => {
  const program = new Command('shoal');
  program
    .command('one <path...>')
    .description('Do one.')
    .option('--json', 'JSON')
    .option('-n, --number <n>', 'count', '3');
  program.command('two').description('Do two.').option('--json', 'JSON');
  program.command('three', { hidden: true }).description('Do three.');
  const text = commandsReference(program);
  assert.match(text, /\| \[`shoal one`\]\(#shoal-one\) \| Do one\. \|/);
  assert.match(text, /`shoal one <path\.\.\.>`: Do one\./);
  assert.match(text, /\| `-n, --number <n>` \| count \(default: "3"\) \|/);
  assert.equal(text.match(/`--json`/g)?.length, 1);
  assert.doesNotMatch(text, /three/);
});

test('a metric has its type and its labels; those of the process are left out', () => {
  const text = metricsTable(
    [
      '# HELP shoal_shares Shares by phase.',
      '# TYPE shoal_shares gauge',
      'shoal_shares{phase="seeding"} 1',
      '# HELP shoal_process_open_fds Open files.',
      '# TYPE shoal_process_open_fds gauge',
    ].join('\n'),
  );
  assert.equal(text.split('\n').at(-1), '| `shoal_shares` | gauge | `phase` | Shares by phase. |');
  assert.equal(text.split('\n').length, 3);
});
