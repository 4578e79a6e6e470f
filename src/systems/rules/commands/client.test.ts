// Commands about rules while another process has the state folder.
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { HASH } from '../../../../testkit/rules-bed.ts';
import type { CommonOptions } from '../../../cli/options.ts';
import { claimStateFolder } from '../../../host/state/state-folder.ts';
import { type RulesClient, withRules } from './client.ts';

test('rules are told, and not changed, while a daemon that starts has the folder', async (t) => {
  const state = mkdtempSync(join(tmpdir(), 'shoal-rules-'));
  t.after(() => rmSync(state, { recursive: true, force: true }));
  const ask = <T>(work: (client: RulesClient) => Promise<T>): Promise<T> =>
    withRules({ state } as CommonOptions, new AbortController().signal, work);
  const claimed = claimStateFolder(state);
  for (const change of [
    (client: RulesClient) => client.add(HASH, {}),
    (client: RulesClient) => client.allow(HASH, undefined),
    (client: RulesClient) => client.remove(HASH),
    (client: RulesClient) => client.refresh(1),
    (client: RulesClient) => client.clearLog(),
  ])
    await assert.rejects(ask<unknown>(change), {
      code: 'state-in-use',
      message: /run this again in a moment/,
    });
  assert.deepEqual((await ask((client) => client.state())).own, []);
  assert.equal((await ask((client) => client.check(HASH)))[0]!.isDenied, false);
  assert.deepEqual(await ask((client) => client.log(1)), []);
  claimed.release();
  await ask((client) => client.add(HASH, {}));
  assert.equal((await ask((client) => client.state())).own.length, 1);
});
