// The section of torrents is what the host takes: each setting has a default that the schema allows, and a sentence.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SettingsSchema } from '../../host/settings-check.ts';
import * as section from './section.ts';
import { DEFAULT_SETTINGS } from './settings.ts';

const schema = new SettingsSchema('torrents', section);

test('each setting has a default that its schema allows, and one sentence', () => {
  assert.deepEqual(schema.defaults, DEFAULT_SETTINGS);
  assert.deepEqual(schema.apply(schema.defaults, schema.defaults), DEFAULT_SETTINGS);
  for (const [name, schema] of Object.entries<object>(section.SETTINGS.properties))
    assert.match(String((schema as { readonly description?: unknown }).description), /^[A-Z].*\.$/, name);
});

test('what the schema cannot say is refused too, also while the system is off', () => {
  for (const [change, message] of [
    [{ bannedAddresses: ['999'] }, /"999" is no IP address/],
    [{ blocklistUrl: 'http://' }, /"http:\/\/" is no http or https address/],
    [{ blocklistUrl: 'list.txt' }, /"list.txt" is no http or https address/],
    [{ downloadDir: 'here' }, /"here" is no full path/],
    [{ labels: { films: { folder: 'there' } } }, /"there" is no full path/],
    [{ maxSeeds: 0 }, /"maxSeeds" has to be at least 1/],
  ] as const)
    assert.throws(() => schema.apply(schema.defaults, change), { code: 'bad-argument', message });
});
