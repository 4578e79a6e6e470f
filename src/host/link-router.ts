/** Finds the system that takes a link. */
import { ShoalError } from '../ground/errors.ts';
import type { LinkOpener, LinkRequest, RoutedLink } from './links.ts';

/** The characters shown of a link that no system takes. */
const MAX_SHOWN_LENGTH = 100;

/** Whose opener it is. */
export interface OwnedOpener {
  readonly system: string;
  readonly opener: LinkOpener;
}

export class LinkRouter {
  readonly #openers: () => readonly OwnedOpener[];

  /** @param openers of the systems that are open, in the order in which they were opened */
  constructor(openers: () => readonly OwnedOpener[]) {
    this.#openers = openers;
  }

  /** @throws ShoalError bad-link when no system takes it; and what the system throws that does */
  async open(request: LinkRequest): Promise<RoutedLink> {
    const openers = this.#openers();
    const claims = openers.map(({ opener }) => opener.claim(request.link));
    for (const wanted of ['sure', 'maybe'] as const) {
      const found = openers[claims.indexOf(wanted)];
      if (found !== undefined) return { system: found.system, ...(await found.opener.open(request)) };
    }
    throw new ShoalError('bad-link', `no system that is on takes ${describe(request.link)}`);
  }
}

function describe(link: string | Uint8Array): string {
  if (typeof link !== 'string') return 'this file';
  return `"${link.length > MAX_SHOWN_LENGTH ? `${link.slice(0, MAX_SHOWN_LENGTH)}…` : link}"`;
}
