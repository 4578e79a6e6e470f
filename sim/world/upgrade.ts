/** Upgrades of transports that change what goes out, and perhaps what comes in. */
import type { Link, LinkReceiver, Upgrade } from '../../src/ground/ports.ts';

/** The calls that an upgrade changes; the others go to the link below. */
export interface LinkChange {
  readonly write?: Link['write'];
  /** Changes what comes, before the receiver sees it. */
  readonly read?: (chunk: Uint8Array) => Uint8Array;
}

/** An upgrade that treats each link by itself. */
export function mapLinks(change: (link: Link) => LinkChange): Upgrade {
  return (below) => ({
    reaches: (address) => below.reaches(address),
    dial: (address, receiver) => {
      const proxy = new ReceiverProxy(receiver);
      const link = below.dial(address, proxy);
      return upgradeLink(link, proxy, change(link));
    },
    setAcceptor: (acceptor) =>
      below.setAcceptor(
        acceptor === undefined
          ? undefined
          : (link, from) => {
              const proxy = new ReceiverProxy(undefined);
              link.setReceiver(proxy);
              acceptor(upgradeLink(link, proxy, change(link)), from);
            },
      ),
  });
}

class ReceiverProxy implements LinkReceiver {
  receiver: LinkReceiver | undefined;
  read: (chunk: Uint8Array) => Uint8Array = (chunk) => chunk;

  constructor(receiver: LinkReceiver | undefined) {
    this.receiver = receiver;
  }

  onConnected(): void {
    this.receiver?.onConnected();
  }

  onData(chunk: Uint8Array): void {
    this.receiver?.onData(this.read(chunk));
  }

  onClosed(failure: Error | undefined): void {
    this.receiver?.onClosed(failure);
  }
}

function upgradeLink(link: Link, proxy: ReceiverProxy, { write, read }: LinkChange): Link {
  if (read !== undefined) proxy.read = read;
  return {
    get unsent() {
      return link.unsent;
    },
    setReceiver: (receiver) => {
      proxy.receiver = receiver;
    },
    write: write ?? ((bytes, taken) => link.write(bytes, taken)),
    pause: () => link.pause(),
    resume: () => link.resume(),
    close: () => link.close(),
    destroy: () => link.destroy(),
  };
}
