/** What this program calls itself, to people and to peers. */
export const VERSION = '0.1.0';
export const USER_AGENT: string = `Shoal/${VERSION}`;
/** Azureus style: two letters, four digits of version. */
export const PEER_ID_PREFIX = '-SH0100-';
