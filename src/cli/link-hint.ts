/** What only a command line can do to a link: a shell that was not told otherwise cuts it at "&". */
import { ShoalError } from '../ground/errors.ts';

export async function withLinkHint<T>(link: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const isCut = /^magnet:/i.test(link) && !link.includes('&') && !/\bxt=/i.test(link);
    if (!isCut || !(error instanceof ShoalError) || error.code !== 'bad-link') throw error;
    const hint = 'put the link in quotes, or the shell cuts it at "&"';
    throw new ShoalError('bad-link', `${error.message}: ${hint}`, error);
  }
}
