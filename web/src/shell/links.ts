/** Links and the systems of the daemon: which take a link, and handing it to the one that does. */
import { notify } from './notices.ts';
import { ask, askFully } from './request.ts';
import { runningSystems } from './running-systems.ts';
import { wordsOf } from './schema-fields.ts';

/** The answer of `POST /api/v1/links`. */
export interface OpenedLink {
  readonly system: string;
  /** One line for people, in English. */
  readonly line: string;
  /** What became of it, as the API of the system tells it. */
  readonly item: object;
}

export interface LinkOptions {
  readonly isPaused?: boolean;
  readonly isOnDemand?: boolean;
}

/** Of a link in a question; the daemon refuses longer ones. */
const MAX_LENGTH = 65_536;

/** The system that gets a link. Undefined when none takes it. Nothing is opened. @throws ApiError */
export async function takerOf(link: string): Promise<string | undefined> {
  if (link.length > MAX_LENGTH) return undefined;
  const { claims } = await ask<{ claims: { system: string }[] }>('POST', 'links/claims', { link });
  return claims[0]?.system;
}

/** Opens a link with the system that takes it. @throws ApiError */
export async function handOver(
  link: string,
  options: LinkOptions = {},
): Promise<{ readonly opened: OpenedLink; readonly isNew: boolean }> {
  const { status, answer } = await askFully<OpenedLink>('POST', 'links', { link, ...options });
  return { opened: answer, isNew: status === 201 };
}

/** In the language of the page, if the system brings its texts. */
export function titleOfSystem(name: string): string {
  return (
    runningSystems()
      .find((system) => system.name === name)
      ?.title() ?? wordsOf(name)
  );
}

/** Says what became of a link that a system took, with a way to its view. */
export function announce({ system, line }: OpenedLink): void {
  const page = runningSystems().find(({ name }) => name === system);
  const address = page?.isHome === true ? '/' : page?.View === undefined ? undefined : `/${system}`;
  notify(`${titleOfSystem(system)}: ${line}`, address === undefined ? {} : { address });
}
