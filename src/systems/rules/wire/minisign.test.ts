// Keys and signatures of minisign: what they say, and what is none. Their arithmetic is in node/verify.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { formatKeyNumber, parseKey, parseSignature, requireKeyNumber } from './minisign.ts';

/** The key in the manual of minisign. */
const KEY = 'RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3';

function signatureFile(
  parts: { readonly algorithm?: string; readonly number?: Buffer; readonly global?: number } = {},
): string {
  const { algorithm = 'ED', number = Buffer.from('1fe8b442180f62e7', 'hex'), global = 64 } = parts;
  const signature = Buffer.concat([Buffer.from(algorithm), number, Buffer.alloc(64, 1)]);
  return [
    'untrusted comment: signature from minisign secret key',
    signature.toString('base64'),
    'trusted comment: timestamp:1\tfile:list',
    Buffer.alloc(global, 2).toString('base64'),
    '',
  ].join('\n');
}
const bytes = (text: string): Uint8Array => Buffer.from(text);

test('a key, alone or as its file', () => {
  for (const text of [KEY, `untrusted comment: minisign public key E7620F1842B4E81F\n${KEY}\n`]) {
    const key = parseKey(text);
    assert.ok(key.ok);
    assert.deepEqual([formatKeyNumber(key.value.number), key.value.key.length], ['E7620F1842B4E81F', 32]);
  }
});

test('a signature', () => {
  const parsed = parseSignature(bytes(signatureFile()));
  assert.ok(parsed.ok);
  const { isPrehashed, trustedComment, globalMessage, signature } = parsed.value;
  assert.deepEqual([isPrehashed, trustedComment], [true, 'timestamp:1\tfile:list']);
  assert.deepEqual(
    Buffer.from(globalMessage),
    Buffer.concat([signature, Buffer.from('timestamp:1\tfile:list')]),
  );
  const older = parseSignature(bytes(signatureFile({ algorithm: 'Ed' })));
  assert.equal(older.ok && older.value.isPrehashed, false);
});

test('what was signed with another key is told by its number', () => {
  const key = parseKey(KEY);
  const own = parseSignature(bytes(signatureFile()));
  const other = parseSignature(bytes(signatureFile({ number: Buffer.alloc(8, 9) })));
  assert.ok(key.ok && own.ok && other.ok);
  assert.ok(requireKeyNumber(key.value, own.value).ok);
  const refused = requireKeyNumber(key.value, other.value);
  assert.ok(!refused.ok);
  assert.match(refused.error.message, /signed with key 0909090909090909, not with E7620F1842B4E81F/);
});

const broken: readonly (readonly [string, string, RegExp])[] = [
  ['nothing', '', /line 1 does not begin with "untrusted comment:"/],
  ['a web page', '<html>not found</html>', /line 1/],
  ['no signature', 'untrusted comment: x\nhello\n', /line 2 is not 74 bytes in base64/],
  ['another algorithm', signatureFile({ algorithm: 'RS' }), /algorithm other than Ed25519/],
  [
    'no trusted comment',
    signatureFile().replace('trusted comment: timestamp', 'timestamp'),
    /line 3 does not begin/,
  ],
  ['a short global signature', signatureFile({ global: 60 }), /line 4 is not 64 bytes in base64/],
];
for (const [what, text, message] of broken)
  test(`no signature: ${what}`, () => {
    const parsed = parseSignature(bytes(text));
    assert.ok(!parsed.ok);
    assert.match(parsed.error.message, message);
  });

for (const text of ['', 'RWQ', KEY.slice(4), `X${KEY.slice(1)}`, 'a'.repeat(500)])
  test(`no key: ${text.slice(0, 20) || '(nothing)'}`, () => assert.ok(!parseKey(text).ok));

test('no bytes make the decoders throw', () => {
  fc.assert(
    fc.property(fc.uint8Array(), fc.string(), (file, text) => {
      parseSignature(file);
      parseKey(text);
    }),
  );
});
