// When a stream of events ends, for who tells them.
import assert from 'node:assert/strict';
import { EventEmitter } from 'node:events';
import { test } from 'node:test';
import type { FastifyReply } from 'fastify';
import { openStream } from './event-stream.ts';

/** An answer, to a listener that has left already or is still there. */
function replyTo(destroyed: boolean): { readonly reply: FastifyReply; readonly raw: EventEmitter } {
  const raw = Object.assign(new EventEmitter(), { destroyed, writeHead() {}, write() {}, end() {} });
  return { reply: { raw, hijack() {} } as unknown as FastifyReply, raw };
}

test('a listener that left before its answer begins is told of at once', () => {
  let closed = 0;
  openStream(replyTo(true).reply, 1000).begin(() => closed++);
  assert.equal(closed, 1);
});

test('one that leaves later is told of then, once', () => {
  const { reply, raw } = replyTo(false);
  let closed = 0;
  openStream(reply, 1000).begin(() => closed++);
  assert.equal(closed, 0);
  raw.emit('close');
  assert.equal(closed, 1);
});
