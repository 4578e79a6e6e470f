/**
 * Where a peer that knows nobody begins in the public network: nodes of several independent people, by name and, in case
 * that names do not resolve, by address. Such nodes die (four well-known ones had by May 2026), so nothing relies on
 * any of them; a peer that was up once begins with the table that it kept.
 */
export declare const DEFAULT_ROUTERS: readonly string[];
