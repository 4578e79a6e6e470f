/** Targets of `src/ground`: bencode, addresses. */
import assert from 'node:assert/strict';
import { decodeBencode, type Encodable, encodeBencode } from '../src/ground/bencode.ts';
import { toUtf8 } from '../src/ground/bytes.ts';
import { Endpoint } from '../src/ground/endpoint.ts';
import type { Target } from './target.ts';

export const GROUND_TARGETS: readonly Target[] = [
  {
    name: 'bencode',
    seeds: [
      encodeBencode({ a: [1, -2n, 'x'], b: { c: new Uint8Array(3) } }),
      toUtf8('d1:bi-0e1:b01:x1:ai007eetail'),
    ],
    run: (input) => {
      const decoded = decodeBencode(input);
      const lenient = decodeBencode(input, { form: 'lenient' });
      if (decoded.ok) {
        assert.deepEqual(encodeBencode(decoded.value.value as Encodable), new Uint8Array(input));
        assert.deepEqual(lenient, decoded);
      } else if (lenient.ok) {
        // The lenient form reads it as some canonical input, and lists each departure.
        assert.ok(lenient.value.departures.length > 0);
        const again = decodeBencode(encodeBencode(lenient.value.value as Encodable));
        assert.ok(again.ok);
      }
    },
  },
  {
    name: 'compact',
    seeds: [Uint8Array.of(1, 2, 3, 4, 5, 6), new Uint8Array(18).fill(9)],
    run: (input) => {
      for (const length of [6, 18]) {
        if (input.length < length) continue;
        const endpoint = Endpoint.fromCompact(input.subarray(0, length));
        if (endpoint === undefined) continue;
        const again = Endpoint.from(endpoint.host, endpoint.port);
        assert.deepEqual(again?.compact, endpoint.compact);
      }
    },
  },
];
