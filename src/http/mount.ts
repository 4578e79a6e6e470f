/**
 * The part of the server that a system adds: its routes below `/api/v1/` and its own roots. A mount grants no access: the
 * hooks of the server (`access.ts`, `guard.ts`) run before every route.
 */
import type { FastifyInstance } from 'fastify';
import type { Registry } from 'prom-client';
import type { Access } from './access.ts';

export interface Mount {
  addRoutes(server: FastifyInstance, access: Access): void;
  /** @returns reads the system into the metrics; called at each `GET /metrics` */
  addMetrics?(registry: Registry): () => void;
}
