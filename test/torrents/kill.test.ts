// `kill -9` at random moments of real work. `npm run soak -- --kills 200` does it at length.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { kindOf, KillRange, MAX_AGAIN } from '../../soak/kills.ts';

test('killed at 20 random moments: the right bytes at the end, and next to nothing comes again', async () => {
  const range = await KillRange.open(20);
  try {
    for (let n = 0; n < 20; n++) {
      const { kind, mostAgain } = await range.kill(kindOf(n));
      assert.ok(mostAgain <= MAX_AGAIN, `${kind}: ${(100 * mostAgain).toFixed(2)} % came again`);
    }
  } finally {
    await range.close();
  }
});
