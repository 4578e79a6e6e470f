/**
 * What a system adds to the server: its routes below `/api/v1/` and its own roots. A mount adds routes and decides nothing
 * about who may ask: the hooks of the server (`access.ts`, `guard.ts`) stand before every route.
 */
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Access } from './access.ts';

export interface Mount {
  addRoutes(server: FastifyInstance, access: Access): void;
  /** @returns reads the system into the metrics; called at each `GET /metrics` */
  addMetrics?(registry: Registry): () => void;
}
