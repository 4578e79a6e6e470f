/** Which addresses only this machine reaches. Apart from the server, so that commands need not load one to know. */

/** True for addresses that only programs of this machine reach. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}
