// Compact deny lists: the example of IPIP-383, what its rules match, and the message of each broken line.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { nodeHasher } from '../../../ground/node/hasher.ts';
import { toHex } from '../../../ground/bytes.ts';
import { createMatcher, readListAtOnce, tryReadList } from '../../../../testkit/rule-lists.ts';
import { parseContentPath } from '../core/content.ts';
import type { Matcher } from '../core/matcher.ts';
import { encodeMultihash, formatCid, SHA1, SHA2_256, TORRENT_INFO } from './cid.ts';
import { parseRule } from './deny-list.ts';
import { encodeBase58 } from './multibase.ts';

const EXAMPLE = `version: 1
name: Example IPFSCorp blocking list
description: A collection of bad things we have found in the universe
author: abuse-ipfscorp@example.com
---
# Blocking by CID is codec-agnostic (blocks by multihash).
/ipfs/bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq

/ipfs/QmdWFA9FL52hx3j9EJZPQP1ZUH8Ygi5tLCX2cRDs6knSf8/*
/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/test*
/ipfs/QmTuvSQbEDR3sarFAN9kAeXBpiBCyYYNxdxciazBba11eC/test/*
/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked*
!/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blockednot
!/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/not
!/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/exceptions*
/ipns/domain.example
/ipns/domain2.example/path
/ipns/k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf
//QmX9dhRcQcKUw3Ws8485T5a9dtjrSCQaUAHnG4iK9i4ceM
//d9d295bde21f422d471a90f2a37ec53049fdf3e5fa3ee2e8f20e10003da429e7
//c555c4de78827ba42527dd3dc5398db38d6c0a8c345a88e0158b2d100f317e50
//3f8b9febd851873b3774b937cce126910699ceac56e72e64b866f8e258d09572
`;

function denies(matcher: Matcher, path: string): boolean {
  const content = parseContentPath(path);
  assert.ok(content.ok, path);
  return matcher.denyContent(content.value) !== undefined;
}

const cases: readonly (readonly [string, boolean])[] = [
  // By multihash, whatever the codec and the version.
  ['/ipfs/bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq', true],
  ['/ipfs/bafkreihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq', true],
  ['/ipfs/QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo', true],
  ['/ipfs/QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo/below', false],
  // All subpaths, and the CID itself.
  ['/ipfs/QmdWFA9FL52hx3j9EJZPQP1ZUH8Ygi5tLCX2cRDs6knSf8', true],
  ['/ipfs/QmdWFA9FL52hx3j9EJZPQP1ZUH8Ygi5tLCX2cRDs6knSf8/', true],
  ['/ipfs/QmdWFA9FL52hx3j9EJZPQP1ZUH8Ygi5tLCX2cRDs6knSf8/a/b', true],
  // Prefixes.
  ['/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/test', true],
  ['/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/testing/x', true],
  ['/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2/tes', false],
  ['/ipfs/Qmah2YDTfrox4watLCr3YgKyBwvjq8FJZEFdWY6WtJ3Xt2', false],
  ['/ipfs/QmTuvSQbEDR3sarFAN9kAeXBpiBCyYYNxdxciazBba11eC/test/x', true],
  // Exceptions: the last rule that matches.
  ['/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked', true],
  ['/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blockednot', false],
  ['/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/not', false],
  ['/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/no', true],
  ['/ipfs/QmUboz9UsQBDeS6Tug1U8jgoFkgYxyYood9NDyVURAY9pK/blocked/exceptions1', false],
  // Names.
  ['/ipns/domain.example', true],
  ['/ipns/DOMAIN.example', true],
  ['/ipns/domain.example/path', false],
  ['/ipns/domain2.example', false],
  ['/ipns/domain2.example/path', true],
  ['/ipns/domain2.example/path/', true],
  ['/ipns/bafzaajaiaejcaotjfs57kieazxny5japcmy5p2pgv2cic77tu6ogghttvurnrufx', true],
  ['/ipns/12D3KooWDkNqEJNmreF3NYYFK1ws7Ra2fuW6cHBTu567SPV3LdYA', true],
  // Double hashes: by multihash, and the older forms.
  ['/ipfs/bafybeidjwik6im54nrpfg7osdvmx7zojl5oaxqel5cmsz46iuelwf5acja', true],
  ['/ipfs/QmVTF1yEejXd9iMgoRTFDxBv7HAz9kuZcQNBzHrceuK9HR', true],
  ['/ipfs/QmVTF1yEejXd9iMgoRTFDxBv7HAz9kuZcQNBzHrceuK9HR/path', false],
  ['/ipfs/bafybeiefwqslmf6zyyrxodaxx4vwqircuxpza5ri45ws3y5a62ypxti42e', true],
  ['/ipfs/bafybeiefwqslmf6zyyrxodaxx4vwqircuxpza5ri45ws3y5a62ypxti42e/path', true],
  ['/ipfs/bafybeiefwqslmf6zyyrxodaxx4vwqircuxpza5ri45ws3y5a62ypxti42e/path2', false],
  ['/ipns/bad-domain-name.tld', true],
];

test('the example of the specification', async (t) => {
  const { name, kind, problemCount } = readListAtOnce(EXAMPLE);
  assert.deepEqual([name, kind, problemCount], ['Example IPFSCorp blocking list', 'deny', 0]);
  const matcher = createMatcher({ example: EXAMPLE });
  for (const [path, isDenied] of cases)
    await t.test(`${path} is ${isDenied ? 'denied' : 'allowed'}`, () =>
      assert.equal(denies(matcher, path), isDenied),
    );
});

test('order decides: what is denied after it was allowed is denied', () => {
  const matcher = createMatcher({
    list: '!/ipns/my.domain\n/ipns/my.domain\n/ipns/other.domain\n!/ipns/other.domain\n',
  });
  assert.deepEqual(
    [denies(matcher, '/ipns/my.domain'), denies(matcher, '/ipns/other.domain')],
    [true, false],
  );
});

const HASH = nodeHasher.sha1(Buffer.from('a share'));
const HASH_V2 = nodeHasher.sha256(Buffer.from('a share'));

test('info hashes: as CIDs and as double hashes, v1, v2 and v2 truncated', () => {
  const nameOf = (code: number, digest: Uint8Array): string =>
    encodeBase58(encodeMultihash({ code, digest }));
  const doubled = (text: string): string => `//${nameOf(SHA2_256, nodeHasher.sha256(Buffer.from(text)))}`;
  const cidOf = (code: number, digest: Uint8Array): string =>
    formatCid({ codec: TORRENT_INFO, multihash: { code, digest } });
  const short = HASH_V2.subarray(0, 20);
  const lists: readonly (readonly [string, string, readonly Uint8Array[]])[] = [
    ['CID of v1', `/ipfs/${cidOf(SHA1, HASH)}`, [HASH]],
    ['CID of v2', `/ipfs/${cidOf(SHA2_256, HASH_V2)}`, [HASH_V2, short]],
    ['multihash of v1', `/ipfs/${nameOf(SHA1, HASH)}`, [HASH]],
    ['double hash of v1', doubled(nameOf(SHA1, HASH)), [HASH]],
    ['double hash of v2', doubled(nameOf(SHA2_256, HASH_V2)), [HASH_V2]],
    ['double hash of v2 truncated', doubled(nameOf(SHA2_256, short)), [HASH_V2, short]],
    [
      'older double hash of v1',
      `//${toHex(nodeHasher.sha256(Buffer.from(`${cidOf(SHA1, HASH)}/`)))}`,
      [HASH],
    ],
  ];
  for (const [what, rule, hashes] of lists) {
    const matcher = createMatcher({ list: `---\n${rule} reason:because%20of%20it\n` });
    for (const hash of hashes)
      assert.deepEqual(matcher.denyHash(hash), { list: 'list', reason: 'because of it', line: 2 }, what);
    const other = nodeHasher.sha1(Buffer.from('another share'));
    assert.equal(matcher.denyHash(other), undefined, what);
  }
});

test('a rule without a reason has that of the list', () => {
  const list = `description: spam\n---\n/ipfs/${formatCid({ codec: TORRENT_INFO, multihash: { code: SHA1, digest: HASH } })}\n`;
  assert.equal(createMatcher({ list }).denyHash(HASH)?.reason, 'spam');
});

const brokenRules: readonly (readonly [string, RegExp])[] = [
  ['/ipfs/', /"" is no CID: it is no base58btc|is no CID/],
  ['/ipfs/nonsense!', /"nonsense!" is no CID: it is neither a CID of version 1 nor a multihash/],
  ['/ipfs/QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo/%zz', /the path "%zz" is not percent-encoded UTF-8/],
  ['/ipfs/QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo/%ff', /is not percent-encoded UTF-8/],
  ['/ipns/', /there is no name behind \/ipns\//],
  ['//abc', /the double hash "abc" is neither a multihash in base58btc nor 64 digits/],
  ['//gW813G35CnLsy7gRYYHuf63hrz71U1xoLFDVeV7actx6oX', /is of blake3 \(0x1e\), which is not computed here/],
  ['/ipld/x', /"\/ipld\/x" is no rule: rules begin with \/ipfs\/, \/ipns\/ or \/\//],
  ['words', /"words" is no rule/],
];
test('the line and the reason of each rule that cannot be read', () => {
  const list = `---\n# a comment\n${brokenRules.map(([rule]) => rule).join('\n')}\n/ipns/good.example`;
  const { problems, problemCount, list: read } = readListAtOnce(list);
  assert.deepEqual([problemCount, read.size], [brokenRules.length, 1]);
  for (const [i, [rule, message]] of brokenRules.entries()) {
    assert.equal(problems[i]!.line, 3 + i, rule);
    assert.match(problems[i]!.message, message);
  }
});

const brokenHeaders: readonly (readonly [string, string, RegExp])[] = [
  ['of another version', 'version: 2\n---\n', /says version 2; version 1 is known here/],
  ['that is no YAML', 'name: x\n- - [\n---\n', /up to line 3, is no YAML/],
];
for (const [what, text, message] of brokenHeaders)
  test(`a header ${what} refuses the list`, () => {
    const read = tryReadList(`${text}/ipns/good.example\n`);
    assert.ok(!read.ok);
    assert.match(read.error.message, message);
  });

test('a header over 1 MiB is none: its lines are rules that cannot be read', () => {
  const { problemCount, list } = readListAtOnce(
    `${`x: ${'y'.repeat(1000)}\n`.repeat(1100)}---\n/ipns/a.example\n`,
    'deny',
  );
  assert.deepEqual([problemCount, list.size], [1101, 1]);
});

test('lines end with LF or CRLF, and the last without either', () => {
  const { list, problemCount } = readListAtOnce('name: x\r\n---\r\n/ipns/a.example\r\n/ipns/b.example');
  assert.deepEqual([list.size, problemCount], [2, 0]);
});

test('no text makes a rule throw, and a rule that is read says what its line says', () => {
  fc.assert(
    fc.property(fc.string(), fc.constantFrom('/ipfs/', '/ipns/', '//', '!/ipns/', ''), (text, head) => {
      const parsed = parseRule(`${head}${text}`, 7, '');
      if (parsed.ok) for (const rule of parsed.value) assert.equal(rule.line, 7);
    }),
  );
});
