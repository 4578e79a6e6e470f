// What a share tells people about its peers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createAddress } from '../../../ground/address.ts';
import { describeGone } from './status.ts';

test('why a connection ended names the address once', () => {
  const address = createAddress('127.0.0.1', 1)!;
  const gone = (message: string): string => describeGone(address, { code: 'x', message, guilty: 'nobody' });
  assert.equal(gone('127.0.0.1:1: nobody listens there'), '127.0.0.1:1 is gone: nobody listens there (x)');
  assert.equal(gone('it closed the connection'), '127.0.0.1:1 is gone: it closed the connection (x)');
});
