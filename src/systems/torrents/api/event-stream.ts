/** Server-sent events to one listener. One that does not read is dropped when too much waits for it. */
import type { FastifyReply } from 'fastify';

export interface EventStream {
  /** What was sent before the answer begins is sent with it. False when the listener is too slow: end the stream then. */
  send(event: string, data: object): boolean;
  /** The same for messages as text. */
  write(text: string): boolean;
  /** Begins the answer; no error can be told from now on. @param onClose the listener went away, or the stream ended */
  begin(onClose: () => void): void;
  end(): void;
}

export function openStream(reply: FastifyReply, maxWaitingBytes: number): EventStream {
  const { raw } = reply;
  let waiting: string[] | undefined = [];
  let isEnded = false;
  const write = (text: string): boolean => {
    if (waiting !== undefined) {
      waiting.push(text);
      return true;
    }
    raw.write(text);
    return raw.writableLength < maxWaitingBytes;
  };
  return {
    write,
    send: (event, data) => write(messageOf(event, data)),
    begin: (onClose) => {
      reply.hijack();
      raw.writeHead(200, {
        'content-type': 'text/event-stream',
        'cache-control': 'no-store',
        'x-content-type-options': 'nosniff',
      });
      // A listener that left before this has sent `close` already.
      if (raw.destroyed) onClose();
      else raw.on('close', onClose);
      for (const text of waiting ?? []) raw.write(text);
      waiting = undefined;
      if (isEnded) raw.end();
    },
    end: () => {
      isEnded = true;
      if (waiting === undefined) raw.end();
    },
  };
}

export const messageOf = (event: string, data: object): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
