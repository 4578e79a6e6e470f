// Every language of the shell and of each system says the same: the same messages, with the same values in them.
import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { LANGUAGES } from './index.ts';

const PAGE = join(import.meta.dirname, '..', '..');
const OTHERS = Object.keys(LANGUAGES).filter((name) => name !== 'en');
const FOLDERS = globSync('{shell,systems/*}/texts', { cwd: PAGE });

type Message = string | readonly string[] | Readonly<Record<string, string>> | Said;
/** Called with as many arguments as it takes. */
type Said = (...values: readonly unknown[]) => string;
type Messages = Readonly<Record<string, Message>>;

const load = async (folder: string, language: string): Promise<Messages> =>
  (await import(join(PAGE, folder, `${language}.ts`)))[language];

/** Distinct, and told apart in any language. */
const NUMBERS = [7, 13, 29];
const LISTS = NUMBERS.map((n) => [`${n}`]);

function say(message: Said): string {
  const length = Math.max(1, message.length);
  const [numbers, lists] = [NUMBERS.slice(0, length), LISTS.slice(0, length)];
  // Lists are joined by some messages; a number has no `join`.
  try {
    return String(message(...numbers));
  } catch {
    return String(message(...lists));
  }
}

/** What a message is made of, without its words. */
function shapeOf(message: Message): unknown {
  if (typeof message === 'string') return 'words';
  if (Array.isArray(message)) return message.length;
  if (typeof message !== 'function') return Object.keys(message).sort();
  const said = say(message);
  return NUMBERS.filter((n) => said.includes(`${n}`));
}

const wordsOf = (message: Message): readonly string[] => {
  if (typeof message === 'string') return [message];
  return typeof message === 'function' ? [say(message)] : Object.values(message);
};

assert.ok(FOLDERS.length >= 2, 'the shell and a system');
for (const folder of FOLDERS)
  for (const language of OTHERS)
    test(`${folder}: ${language} says what English says`, async () => {
      const [english, other] = [await load(folder, 'en'), await load(folder, language)];
      assert.deepEqual(Object.keys(other).sort(), Object.keys(english).sort());
      for (const [key, message] of Object.entries(english)) {
        assert.deepEqual(shapeOf(other[key]!), shapeOf(message), key);
        for (const words of wordsOf(other[key]!)) assert.match(words, /^\S(.*\S)?$/s, `${key}: "${words}"`);
      }
    });

for (const folder of FOLDERS)
  test(`${folder}: every message is used, and none hides one of the shell`, async () => {
    const english = await load(folder, 'en');
    const files = globSync('**/*.{ts,tsx}', { cwd: join(PAGE, folder, '..') });
    const code = files
      .filter((file) => !file.startsWith('texts') && !file.endsWith('.test.ts'))
      .map((file) => readFileSync(join(PAGE, folder, '..', file), 'utf8'))
      .join('\n');
    // Words that systems share lie with the shell.
    const isShared = folder === join('shell', 'texts');
    const unused = Object.keys(english).filter((key) => !new RegExp(`\\b${key}\\b`).test(code));
    if (!isShared) assert.deepEqual(unused, [], basename(join(folder, '..')));
    const shell = await load(join('shell', 'texts'), 'en');
    if (!isShared)
      assert.deepEqual(
        Object.keys(english).filter((key) => Object.hasOwn(shell, key)),
        [],
      );
  });
