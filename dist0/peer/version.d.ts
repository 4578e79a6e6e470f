/** What this program calls itself, to people and to peers. */
export declare const VERSION = "0.1.0";
export declare const USER_AGENT: string;
/** Azureus style: two letters, four digits of version. */
export declare const PEER_ID_PREFIX = "-SH0100-";
