/** `GET /metrics`: the daemon in numbers, for Prometheus; `deploy/grafana.json` draws them. Each system adds its own. */
import type { FastifyInstance } from 'fastify';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { VERSION } from '../ground/version.ts';
import type { Mount } from './mount.ts';

export function addMetrics(server: FastifyInstance, mounts: readonly Mount[]): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'shoal_' });
  new Gauge({
    name: 'shoal_info',
    help: 'version of the daemon',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: VERSION }, 1);
  const collectors = mounts.map((mount) => mount.addMetrics?.(registry));
  server.get('/metrics', async (_, reply) => {
    for (const collect of collectors) collect?.();
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
