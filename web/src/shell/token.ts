/** The token in the fragment of the address that `shoal up` prints: taken for a cookie before anything is asked. */
import { signIn } from './request.ts';

export async function signInByAddress(): Promise<void> {
  const token = /[#&]token=([^&]+)/.exec(location.hash)?.[1];
  if (token === undefined) return;
  // A wrong one is as good as none: the page asks for another.
  await signIn(decodeURIComponent(token)).catch(() => {});
  // It shall not stand in the history. What else the fragment says is the view to show.
  const view = location.hash.replace(/[#&]token=[^&]*/, '').replace(/^#/, '');
  history.replaceState(null, '', `${location.pathname}${location.search}#${view === '' ? '/' : view}`);
}
