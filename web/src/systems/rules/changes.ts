/** What the view asks again when rules were changed. */
import { complain } from '../../shell/notices.ts';
import { askAgain } from '../../shell/queries.ts';

/** Of all its questions: see `useAnswer`. */
export const KEY: readonly string[] = ['rules'];

/** What was changed is shown at once. */
export function change(work: Promise<unknown>): void {
  work.then(() => askAgain(KEY), complain);
}
