/** For tests: the stream of events of a browser. What the daemon refused does not try again by itself, as in browsers. */

export class FakeSource extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly OPEN = 1;
  static readonly CLOSED = 2;
  static all: FakeSource[] = [];
  readyState = FakeSource.CONNECTING;
  onopen: () => void = () => {};
  onerror: () => void = () => {};

  constructor() {
    super();
    FakeSource.all.push(this);
  }

  static get last(): FakeSource {
    return FakeSource.all.at(-1)!;
  }

  open(): void {
    this.readyState = FakeSource.OPEN;
    this.onopen();
  }

  fail(state: number): void {
    this.readyState = state;
    this.onerror();
  }

  close(): void {
    this.readyState = FakeSource.CLOSED;
  }

  tell(type: string, data: object = {}): void {
    this.dispatchEvent(Object.assign(new Event(type), { data: JSON.stringify(data) }));
  }
}

/** Puts it where browsers have theirs. */
export const installFakeSource = (): void => void Object.assign(globalThis, { EventSource: FakeSource });
