/**
 * The places of the HTTP server that belong to the torrents system. Shares are older than the rule
 * `/api/v1/<name>`, and what the daemon publishes and follows stands beside them.
 */
import type { Root } from '../../host/roots.ts';

const API = [
  'shares',
  'status',
  'rates',
  'settings',
  'blocklist',
  'feeds',
  'events',
  'uploads',
  'keys',
  'publications',
  'follows',
];

export const ROOTS: readonly Root[] = [
  ...API.map((name): Root => ({ path: `/api/v1/${name}`, authentication: 'token' })),
  { path: '/files', authentication: 'basic', key: { name: 'share', parameter: 'id' } },
  { path: '/webdav', authentication: 'basic', key: { name: 'webdav', opensTop: true } },
  { path: '/transmission/rpc', authentication: 'basic' },
  // Clients of qBittorrent sign in again at 403, and at nothing else.
  { path: '/api/v2', authentication: 'sign-in', signInPath: '/api/v2/auth/login' },
];
