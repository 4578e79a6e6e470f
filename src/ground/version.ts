/** The name and version of this program, as people and peers see them. */
export const VERSION = '0.1.0';
export const USER_AGENT: string = `Shoal/${VERSION}`;
/** Azureus style: two letters, four digits of version. */
export const PEER_ID_PREFIX = '-SH0100-';
