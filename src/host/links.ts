/**
 * Links that people add: `POST /api/v1/links`, `shoal add`, what is pasted on the page, the watch folder. Each open system
 * says which links it takes; the host hands a link to the one that is surest.
 */

/** A link, and the options of opening it. */
export interface LinkRequest {
  /** A link, an address or a hash, as a person typed it; or the content of a file, such as a torrent file. */
  readonly link: string | Uint8Array;
  /** Where fetched files go; the system's own folder when absent. */
  readonly folder?: string | undefined;
  /** Paths to fetch, as globs; all when absent. */
  readonly select?: readonly string[] | undefined;
  /** It is added and not started. */
  readonly isPaused?: boolean | undefined;
  readonly labels?: readonly string[] | undefined;
  /** Nothing is fetched but what is opened. */
  readonly isOnDemand?: boolean | undefined;
}

/** The result of opening a link. */
export interface OpenedLink {
  /** False: it was there already. */
  readonly isNew: boolean;
  /** One line for people. */
  readonly line: string;
  /** For programs: the object as the system's own interface tells it. */
  readonly item: object;
}

/** The same, with the system that took it. */
export interface RoutedLink extends OpenedLink {
  readonly system: string;
}

/**
 * `sure`: the form of the link is this system's alone. `maybe`: opening it would tell, as with an http address. The first
 * system that is sure gets the link, then the first that may be; none is asked twice.
 */
export type Claim = 'sure' | 'maybe' | 'no';

/** A system that takes a link, and how sure it is. */
export interface OwnedClaim {
  readonly system: string;
  readonly claim: Exclude<Claim, 'no'>;
}

export interface LinkOpener {
  /** By its form alone: nothing is fetched or looked up. */
  claim(link: string | Uint8Array): Claim;
  /** @throws ShoalError bad-link, unsupported when an option of the request cannot be followed, … */
  open(request: LinkRequest): Promise<OpenedLink>;
}
