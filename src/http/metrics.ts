/** `GET /metrics`: the daemon in numbers, for Prometheus; `deploy/grafana.json` draws them. Each system adds its own. */
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { VERSION } from '../ground/version.ts';
import { Type } from '../host/schema.ts';
import type { Mount } from './mount.ts';
import type { Server } from './typed-server.ts';

const SCHEMA = {
  summary: 'Reads the metrics, for Prometheus.',
  produces: ['text/plain'],
  response: { 200: Type.String({ description: 'The metrics, in the text format of Prometheus.' }) },
};

export function addMetrics(server: Server, mounts: readonly Mount[]): void {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry, prefix: 'shoal_' });
  new Gauge({
    name: 'shoal_info',
    help: 'Version of the daemon.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: VERSION }, 1);
  const collectors = mounts.map((mount) => mount.addMetrics?.(registry));
  server.get('/metrics', { schema: SCHEMA }, async (_, reply) => {
    for (const collect of collectors) collect?.();
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}
