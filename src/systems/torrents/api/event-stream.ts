/** Server-sent events to one listener. One that does not read is dropped when too much waits for it. */
import type { FastifyReply } from 'fastify';

export interface EventStream {
  /** False when the listener is too slow: end the stream then. */
  send(event: string, data: object): boolean;
  end(): void;
}

/** @param onClose the listener went away, or the stream was ended */
export function openStream(reply: FastifyReply, maxWaitingBytes: number, onClose: () => void): EventStream {
  reply.hijack();
  const { raw } = reply;
  raw.writeHead(200, {
    'content-type': 'text/event-stream',
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
  });
  raw.on('close', onClose);
  return {
    send: (event, data) => {
      raw.write(messageOf(event, data));
      return raw.writableLength < maxWaitingBytes;
    },
    end: () => raw.end(),
  };
}

export const messageOf = (event: string, data: object): string =>
  `event: ${event}\ndata: ${JSON.stringify(data)}\n\n`;
