/**
 * The one polling loop of the tests, for what sends no event: files of other programs, states that only an API tells.
 * The deadline is a safety net that keeps a broken test from hanging; it is never the verdict, so it is generous
 * enough for a machine whose cores are all busy with something else.
 */

export const WAIT_MS = 120_000;
const LOOK_MS = 50;

export interface WaitOptions {
  readonly waitMs?: number;
  /** Facts for the message when it did not come to pass. */
  readonly explain?: () => string;
}

/** @returns what `find` found: the first value that is not undefined. @throws Error after `waitMs` */
export async function waitUntil<T>(
  find: () => Promise<T | undefined> | T | undefined,
  what: string,
  { waitMs = WAIT_MS, explain = () => '' }: WaitOptions = {},
): Promise<T> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    if (performance.now() > deadline)
      throw new Error(`not within ${waitMs / 1000} s: ${what} ${explain()}`.trim());
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

/** Until that is so. @throws Error after `waitMs` */
export async function waitFor(
  isSo: () => Promise<boolean> | boolean,
  what: string,
  options: WaitOptions = {},
): Promise<void> {
  await waitUntil(async () => ((await isSo()) ? true : undefined), what, options);
}
