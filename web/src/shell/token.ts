/** The token in the fragment of the address that `shoal up` prints: the page swaps it for a cookie before its first request. */
import { signIn } from './request.ts';

export async function signInByAddress(): Promise<void> {
  const token = /[#&]token=([^&]+)/.exec(location.hash)?.[1];
  if (token === undefined) return;
  // After a wrong token the page asks for another.
  await signIn(decodeURIComponent(token)).catch(() => {});
  // The history must not keep it. The rest of the fragment is the view.
  const view = location.hash.replace(/[#&]token=[^&]*/, '').replace(/^#/, '');
  history.replaceState(null, '', `${location.pathname}${location.search}#${view === '' ? '/' : view}`);
}
