// What a fetch says at its end.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ShoalError } from '../../../ground/errors.ts';
import { describeResult, withAdvice } from './get.ts';

const MIB = 1024 * 1024;

test('the rate is that of what came, and what was there before is not counted', () => {
  const said = (size: number, downloadBytes: number, seconds: number): string =>
    describeResult({ size: size * MIB, downloadBytes: downloadBytes * MIB, seconds }, false);
  assert.equal(
    said(5.25, 3.5, 0.5),
    '5.25 MiB, of which 3.50 MiB came in 0.5 s (7.00 MiB/s), every byte verified',
  );
  assert.equal(said(20, 20, 10), '20.0 MiB in 10 s (2.00 MiB/s), every byte verified');
  assert.equal(said(2, 2.5, 1), '2.00 MiB in 1.0 s (2.50 MiB/s), every byte verified');
  assert.equal(said(2, 0, 1), '2.00 MiB was there already');
  assert.equal(
    describeResult({ size: MIB, downloadBytes: 0, seconds: 1 }, true),
    '1.00 MiB copied, every byte verified',
  );
  assert.equal(said(0, 0, 1), 'nothing was to be fetched');
});

test('when nobody sends anything, the options that leave out peers are named', () => {
  const nobody = new ShoalError('nothing-found', 'none of 2 known peers sent anything');
  const said = (options: Parameters<typeof withAdvice>[1]): string =>
    (withAdvice(nobody, options) as ShoalError).message;
  assert.equal(said({}), nobody.message);
  assert.equal(said({ encryption: 'allowed', utp: true }), nobody.message);
  assert.match(
    said({ encryption: 'required' }),
    /anything; --encryption required leaves out peers that take none$/,
  );
  assert.match(
    said({ encryption: 'off', tcp: false }),
    /--encryption off .*; --no-tcp leaves out peers without uTP$/,
  );
});
