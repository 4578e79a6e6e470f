/** Finds the system that takes a link. */
import { ShoalError } from '../ground/errors.ts';
import type { LinkOpener, LinkRequest, OwnedClaim, RoutedLink } from './links.ts';

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

  /** The systems that take a link, the one that gets it first. Nothing is opened. */
  claimsOf(link: LinkRequest['link']): OwnedClaim[] {
    const claims = this.#openers().map(({ system, opener }) => ({ system, claim: opener.claim(link) }));
    return (['sure', 'maybe'] as const).flatMap((wanted) =>
      claims.flatMap(({ system, claim }) => (claim === wanted ? [{ system, claim: wanted }] : [])),
    );
  }

  /** @throws ShoalError bad-link when no system takes it; and what the system throws that does */
  async open(request: LinkRequest): Promise<RoutedLink> {
    const [first] = this.claimsOf(request.link);
    const found = this.#openers().find(({ system }) => system === first?.system);
    if (found === undefined)
      throw new ShoalError('bad-link', `no system that is on takes ${describe(request.link)}`);
    return { system: found.system, ...(await found.opener.open(request)) };
  }
}

function describe(link: string | Uint8Array): string {
  if (typeof link !== 'string') return 'this file';
  return `"${link.length > MAX_SHOWN_LENGTH ? `${link.slice(0, MAX_SHOWN_LENGTH)}…` : link}"`;
}
