/**
 * The part of the server that a system adds: its routes below `/api/v1/` and its own roots. A mount grants no access: the
 * hooks of the server (`access.ts`, `guard.ts`) run before every route.
 */
import type { Registry } from 'prom-client';
import type { Access } from './access.ts';
import type { Server } from './typed-server.ts';

export type { Server } from './typed-server.ts';

export interface Mount {
  /** Routes with a `summary` in their schema are described (`openapi.ts`). */
  addRoutes(server: Server, access: Access): void;
  /**
   * Called with the first `GET /metrics`: import what knows `prom-client` then, and not before.
   * @returns reads the system into the metrics; called at each `GET /metrics`
   */
  addMetrics?(registry: Registry): Promise<() => void>;
}
