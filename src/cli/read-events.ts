/** Reads server-sent events as our API sends them: one `event` and one line of JSON in `data` each. */

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

/** One event is a report on a share, with a map of its pieces at most: 175 KiB. More is no event of ours. */
const MAX_WAITING = 4 * 1024 * 1024;

export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<ServerEvent> {
  const decoder = new TextDecoder();
  let waiting = '';
  for await (const chunk of body) {
    waiting += decoder.decode(chunk, { stream: true });
    for (let end = waiting.indexOf('\n\n'); end !== -1; end = waiting.indexOf('\n\n')) {
      const event = parseEvent(waiting.slice(0, end));
      waiting = waiting.slice(end + 2);
      if (event !== undefined) yield event;
    }
    if (waiting.length > MAX_WAITING) throw new RangeError('an event of the daemon does not end');
  }
}

/** Undefined for comments and for messages without data. */
function parseEvent(text: string): ServerEvent | undefined {
  let [event, data]: (string | undefined)[] = ['message', undefined];
  for (const line of text.split('\n')) {
    if (line.startsWith('event: ')) event = line.slice('event: '.length);
    else if (line.startsWith('data: ')) data = line.slice('data: '.length);
  }
  return data === undefined ? undefined : { event: event!, data: JSON.parse(data) as unknown };
}
