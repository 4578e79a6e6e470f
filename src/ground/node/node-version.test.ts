// Which Node.js is new enough, and the message for older ones.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oldNodeMessage } from './node-version.ts';

test('Node.js 26 and newer runs Shoal, an older one is named', () => {
  for (const version of ['26.0.0', '26.10.0', '27.0.0-nightly', '100.1.0'])
    assert.equal(oldNodeMessage(version), undefined, version);
  for (const version of ['18.20.4', '20.20.2', '22.5.0', '25.9.1'])
    assert.match(oldNodeMessage(version)!, new RegExp(`needs Node\\.js 26 or newer, .*Node\\.js ${version}`));
  assert.equal(oldNodeMessage(), undefined, 'the one that runs this test');
});
