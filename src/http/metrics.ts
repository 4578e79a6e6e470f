/**
 * `GET /metrics`: the daemon in numbers, for Prometheus; `deploy/grafana.json` draws them. Each system adds its own. The
 * library is a sixth of all modules of a daemon, so it is loaded when somebody asks; what it counts by itself, such as
 * collections of garbage, is counted from then on.
 */
import type { Registry } from 'prom-client';
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
  let opening: Promise<Metrics> | undefined;
  server.get('/metrics', { schema: SCHEMA }, async (_, reply) => {
    opening ??= open(mounts).catch((error: unknown) => {
      opening = undefined;
      throw error;
    });
    const { registry, collectors } = await opening;
    for (const collect of collectors) collect();
    return reply.type(registry.contentType).send(await registry.metrics());
  });
}

interface Metrics {
  readonly registry: Registry;
  /** Of each system. */
  readonly collectors: readonly (() => void)[];
}

async function open(mounts: readonly Mount[]): Promise<Metrics> {
  const { collectDefaultMetrics, Gauge, Registry: NewRegistry } = await import('prom-client');
  const registry = new NewRegistry();
  collectDefaultMetrics({ register: registry, prefix: 'shoal_' });
  new Gauge({
    name: 'shoal_info',
    help: 'Version of the daemon.',
    labelNames: ['version'],
    registers: [registry],
  }).set({ version: VERSION }, 1);
  const adding = mounts.map((mount) => mount.addMetrics?.(registry));
  const collectors = (await Promise.all(adding)).filter((collect) => collect !== undefined);
  return { registry, collectors };
}
