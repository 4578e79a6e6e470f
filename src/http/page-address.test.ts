// The addresses that people open: for this machine without a secret that is worth anything, for others with the token.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ownAccount } from './socket-owner.ts';
import { ownAddresses } from '../net/link/node/own-addresses.ts';
import { ownPage, pageOf, pagesOf } from './page-address.ts';

const TOKEN = '0123456789abcdef0123456789abcdef';
const URL_HERE = 'http://127.0.0.1:9091/';

test('the address for this machine does not have the token, where accounts can be told apart', (t) => {
  assert.deepEqual(pagesOf(URL_HERE, TOKEN, '127.0.0.1'), [ownPage(URL_HERE, TOKEN)]);
  if (ownAccount() === undefined) return t.skip('the system does not tell accounts apart');
  assert.doesNotMatch(ownPage(URL_HERE, TOKEN), new RegExp(TOKEN));
  assert.match(ownPage(URL_HERE, TOKEN), /^http:\/\/127\.0\.0\.1:9091\/#token=[0-9a-f]{32}$/);
});

test('who listens everywhere is reached by others at addresses of the machine, with the token', () => {
  for (const host of ['0.0.0.0', '::']) {
    const [own, ...others] = pagesOf(URL_HERE, TOKEN, host);
    assert.equal(own, ownPage(URL_HERE, TOKEN));
    const hosts = ownAddresses(9091)
      .map((address) => address.host)
      .filter((one) => one !== '127.0.0.1' && (host === '::' || !one.includes(':')));
    assert.equal(others.length, hosts.length);
    for (const [n, page] of others.entries()) {
      assert.ok(page.includes(hosts[n]!), page);
      assert.ok(page.endsWith(`:9091/#token=${TOKEN}`), page);
    }
  }
  const lan = 'http://192.0.2.7:9091/';
  assert.deepEqual(pagesOf(lan, TOKEN, '192.0.2.7'), [`${lan}#token=${TOKEN}`]);
});

test('a view stands before the token; a token of signs is written as an address has it', () => {
  assert.equal(
    pageOf(URL_HERE, 'a&b=c#d', '/share/3/overview'),
    `${URL_HERE}#/share/3/overview&token=a%26b%3Dc%23d`,
  );
});
