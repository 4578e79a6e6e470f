// Every setting of a system that brings texts for its settings has them in four languages, and they are well-formed.
import assert from 'node:assert/strict';
import { globSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { LANGUAGES } from '../shell/texts/index.ts';
import type { SettingTexts } from '../shell/texts/settings.ts';

interface Schema {
  readonly enum?: readonly string[];
  readonly anyOf?: readonly Schema[];
}

const DAEMON = join(import.meta.dirname, '..', '..', '..', 'src', 'systems');
const SYSTEMS = globSync('*/texts/settings', { cwd: import.meta.dirname })
  .map((folder) => dirname(dirname(folder)))
  .sort();

/** Settings by name, as the daemon declares them. */
const settingsOf = async (system: string): Promise<Readonly<Record<string, Schema>>> =>
  (await import(join(DAEMON, system, 'settings.ts'))).SETTINGS.properties;

const textsOf = async (system: string, language: string): Promise<SettingTexts> =>
  (await import(join(import.meta.dirname, system, 'texts', 'settings', `${language}.ts`)))[language];

const optionsOf = ({ enum: values, anyOf = [] }: Schema): readonly string[] =>
  values ?? anyOf.flatMap((one) => one.enum ?? []);

test('torrents and rules bring texts for their settings', () =>
  assert.deepEqual(SYSTEMS, ['rules', 'torrents']));

for (const system of SYSTEMS)
  for (const language of Object.keys(LANGUAGES))
    test(`${system}: every setting has its texts in ${language}`, async () => {
      const [settings, texts] = [await settingsOf(system), await textsOf(system, language)];
      assert.deepEqual(Object.keys(texts).sort(), Object.keys(settings).sort());
      const english = await textsOf(system, 'en');
      for (const [name, { label, hint, options = {} }] of Object.entries(texts)) {
        assert.match(label, /^\S.*[^\s.。]$/s, `${name}: a label is no sentence`);
        assert.match(hint, /^\S.*\S$/s, name);
        assert.notEqual(hint, label, name);
        const values = optionsOf(settings[name]!);
        assert.deepEqual(
          Object.keys(options).sort(),
          [...values].sort(),
          `${name}: each of its values has a name`,
        );
        if (language !== 'en') assert.notEqual(hint, english[name]!.hint, `${name} is still English`);
      }
    });
