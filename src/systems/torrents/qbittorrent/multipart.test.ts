// Forms with files: those that programs send, and those that nobody should.
import assert from 'node:assert/strict';
import { PassThrough, Readable } from 'node:stream';
import { test } from 'node:test';
import type { SentForm } from './form.ts';
import { readMultipart } from './multipart.ts';

const TYPE = 'multipart/form-data; boundary=XX';
const MAX_BYTES = 1000;

/** A body of these parts, each with its headers. */
const bodyOf = (...parts: readonly string[]): string =>
  `${parts.map((part) => `--XX\r\n${part}\r\n`).join('')}--XX--\r\n`;
const field = (name: string, value: string): string =>
  `Content-Disposition: form-data; name=${name}\r\n\r\n${value}`;
const file = (disposition: string, content: string): string =>
  `Content-Disposition: form-data; ${disposition}\r\nContent-Type: application/x-bittorrent\r\n\r\n${content}`;

/** In pieces of a few bytes, as a network may cut it. */
const read = (body: string, type = TYPE): Promise<SentForm> =>
  readMultipart(
    Readable.from(body.match(/[\s\S]{1,7}/g) ?? [], { objectMode: false }),
    { 'content-type': type },
    MAX_BYTES,
  );
const told = async (body: string, type?: string): Promise<readonly unknown[]> => {
  const { fields, files } = await read(body, type);
  return [Object.fromEntries(fields), files.map((bytes) => Buffer.from(bytes).toString())];
};

test('fields and files as browsers, curl and .NET write them', async () => {
  const browser = bodyOf(field('"urls"', 'a'), file('name="torrents"; filename="tööl.torrent"', 'one'));
  assert.deepEqual(await told(browser), [{ urls: 'a' }, ['one']]);
  const dotnet = bodyOf(field('urls', 'a'), file("name=x; filename=x; filename*=utf-8''x", 'one'));
  assert.deepEqual(await told(dotnet, 'multipart/form-data; boundary="XX"'), [{ urls: 'a' }, ['one']]);
  const bare =
    'Content-Disposition: form-data; name="t"\r\nContent-Type: application/octet-stream\r\n\r\none';
  assert.deepEqual(await told(`before\r\n${bodyOf(bare)}behind`), [{}, ['one']]);
  // A form may say in JSON what another says in text.
  const json = 'Content-Disposition: form-data; name="json"\r\nContent-Type: application/json\r\n\r\n{"a":1}';
  assert.deepEqual(await told(bodyOf(json)), [{ json: '{"a":1}' }, []]);
});

test('of two fields of one name the last counts, and no name is special', async () => {
  assert.deepEqual(await told(bodyOf(field('a', '1'), field('a', '2'))), [{ a: '2' }, []]);
  const { fields } = await read(bodyOf(field('"__proto__"', 'x'), field('"constructor"', 'y')));
  assert.deepEqual(
    [...fields],
    [
      ['__proto__', 'x'],
      ['constructor', 'y'],
    ],
  );
});

test('what is cut off, or no form, is refused', async () => {
  const whole = bodyOf(field('a', '1'), file('name="t"; filename="x"', 'content'));
  for (let length = 1; length < whole.length - 4; length++)
    await assert.rejects(read(whole.slice(0, length)), { code: 'bad-argument' }, whole.slice(0, length));
  const type = 'multipart/form-data';
  for (const wrong of [type, `${type}; boundary`, `${type}; boundary=YY`, 'multipart/mixed; boundary=XX'])
    await assert.rejects(read(whole, wrong), { code: 'bad-argument' }, wrong);
  await assert.rejects(read(whole.replaceAll('\r', '')), { code: 'bad-argument' });
  const gone = new PassThrough();
  const reading = readMultipart(gone, { 'content-type': TYPE }, MAX_BYTES);
  gone.write(whole.slice(0, 40));
  gone.destroy();
  await assert.rejects(reading, { code: 'bad-argument' });
});

test('what is too large is refused without waiting for the rest of it', async () => {
  for (const part of [field('a', 'x'.repeat(600)), file('name="t"; filename="x"', 'x'.repeat(600))]) {
    const endless = new PassThrough();
    const reading = readMultipart(endless, { 'content-type': TYPE }, MAX_BYTES);
    endless.write(bodyOf(part, part, part).slice(0, -8));
    await assert.rejects(reading, { statusCode: 413 });
  }
  const many = bodyOf(...Array.from({ length: 1001 }, (_, number) => field(`f${number}`, '')));
  await assert.rejects(read(many), { code: 'bad-argument', message: /at most 1000 fields/ });
});
