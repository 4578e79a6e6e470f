// Languages: all texts change at once, a later choice wins, a system that comes late gets the language of the page.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTexts, getLanguage, getText, loadTexts, preferredLanguage, setLanguage } from './index.ts';

const document = { documentElement: { lang: '' } };
const stored = new Map<string, string>();
Object.assign(globalThis, { document, localStorage: { getItem: (key: string) => stored.get(key) ?? null } });

interface Own {
  readonly hello: string;
}
const say = (hello: string) => async (): Promise<Own> => ({ hello });

test('a system sees its own messages beside those of the shell', async () => {
  let release: (own: Own) => void = () => {};
  const slow = (): Promise<Own> => new Promise((resolve) => (release = resolve));
  const own = createTexts<Own>({ hello: 'hello' }, { de: say('hallo'), es: slow, zh: say('你好') });
  assert.deepEqual([own.getText().hello, own.getText().settings], ['hello', 'Settings']);
  await setLanguage('de');
  assert.deepEqual([own.getText().hello, own.getText().settings], ['hallo', 'Einstellungen']);
  assert.deepEqual([document.documentElement.lang, getLanguage()], ['de', 'de']);

  const spanish = setLanguage('es');
  await setLanguage('zh');
  release({ hello: 'hola' });
  await spanish;
  assert.deepEqual([own.getText().hello, getLanguage()], ['你好', 'zh'], 'the later choice');

  const late = createTexts<Own>({ hello: 'hi' }, { de: say('hallo'), es: say('hola'), zh: say('你们好') });
  assert.equal(late.getText().hello, 'hi');
  await loadTexts();
  assert.deepEqual([late.getText().hello, late.getText().settings], ['你们好', getText().settings]);
  await setLanguage('en');
});

test('a language that cannot be loaded leaves all as it is', async () => {
  const fails = (): Promise<Own> => Promise.reject(new Error('no such script'));
  createTexts<Own>({ hello: 'hello' }, { de: fails, es: say('hola'), zh: say('你好') });
  await assert.rejects(setLanguage('de'), /no such script/);
  assert.deepEqual([getLanguage(), getText().settings], ['en', 'Settings']);
});

const preferences: readonly (readonly [string | undefined, readonly string[], string])[] = [
  [undefined, ['fr-FR', 'de-AT', 'en'], 'de'],
  [undefined, ['zh-Hant-TW'], 'zh'],
  [undefined, ['fr'], 'en'],
  ['es', ['de'], 'es'],
  ['xx', ['de'], 'de'],
];
for (const [chosen, browser, expected] of preferences)
  test(`chosen ${chosen}, the browser has ${browser}`, (t) => {
    if (chosen !== undefined) stored.set('language', chosen);
    t.mock.getter(globalThis.navigator, 'languages', () => browser);
    assert.equal(preferredLanguage(), expected);
    stored.clear();
  });
