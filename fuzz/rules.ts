/** Targets of `src/systems/rules`: deny lists, content identifiers, signatures. */
import assert from 'node:assert/strict';
import { fromUtf8Lossy, toUtf8 } from '../src/ground/bytes.ts';
import { contentOfInfoHash } from '../src/systems/rules/core/content.ts';
import { keyOfMultihash, parseCid } from '../src/systems/rules/wire/cid.ts';
import { parseKey, parseSignature } from '../src/systems/rules/wire/minisign.ts';
import { createMatcher, tryReadList } from '../testkit/rule-lists.ts';
import type { Target } from './target.ts';

export const RULE_TARGETS: readonly Target[] = [
  {
    name: 'deny-list',
    seeds: [
      toUtf8(
        'version: 1\nname: a list\n---\n# comment\n/ipfs/QmesfgDQ3q6prBy2Kg2gKbW4MAGuWiRP2DVuGA5MZSERLo\n',
      ),
      toUtf8('!/ipns/domain.example/a%20b* reason:x\n//QmX9dhRcQcKUw3Ws8485T5a9dtjrSCQaUAHnG4iK9i4ceM\r\n'),
      toUtf8(`//${'0a'.repeat(32)}\n/ipfs/f017b1114${'11'.repeat(20)}/*\n`),
      toUtf8(`${'11'.repeat(20)} # reason\n1220${'aa'.repeat(32)}\nABCDEFGHIJKLMNOPQRSTUVWXYZ234567\n`),
      toUtf8('a:1.2.3.4-1.2.3.9\n005.006.007.008 - 5.6.7.9 , 0 , b\n10.0.0.0/8\n2001:db8::/32\n'),
    ],
    run: (input) => {
      for (const kind of [undefined, 'deny', 'hashes', 'addresses'] as const) {
        const read = tryReadList(input, kind);
        if (!read.ok) continue;
        const { list, problems } = read.value;
        for (const { line } of problems)
          assert.ok(line > 0 && line <= input.length + 1, 'a line of the list');
        list.findContent(contentOfInfoHash(new Uint8Array(20)), []);
        for (const length of [4, 16]) list.findHost(new Uint8Array(length));
        assert.ok(list.byteLength < 1_000_000, 'a short list is small');
      }
    },
  },
  {
    name: 'cid',
    seeds: [
      toUtf8('bafybeihvvulpp4evxj7x7armbqcyg6uezzuig6jp3lktpbovlqfkuqeuoq'),
      toUtf8('k51qzi5uqu5dhmzyv3zac033i7rl9hkgczxyl81lwoukda2htteop7d3x0y1mf'),
      toUtf8(`f017b1114${'11'.repeat(20)}`),
    ],
    run: (input) => {
      const text = fromUtf8Lossy(input);
      const cid = parseCid(text);
      if (!cid.ok) return;
      assert.equal(keyOfMultihash(cid.value.multihash).length, 20);
      createMatcher({ list: `/ipfs/${text}` });
    },
  },
  {
    name: 'minisign',
    seeds: [
      toUtf8('RWQf6LRCGA9i53mlYecO4IzT51TGPpvWucNSCh1CBM0QTaLn73Y7GFO3'),
      toUtf8(
        `untrusted comment: x\n${Buffer.concat([toUtf8('ED'), new Uint8Array(72)]).toString('base64')}\ntrusted comment: y\n${Buffer.alloc(64).toString('base64')}\n`,
      ),
    ],
    run: (input) => {
      parseKey(fromUtf8Lossy(input));
      const signature = parseSignature(input);
      if (signature.ok) assert.ok(signature.value.globalMessage.length >= 64);
    },
  },
];
