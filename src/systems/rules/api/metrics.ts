/** The metrics of the rules system (`GET /metrics`). */
import { Gauge, type Registry } from 'prom-client';
import type { Rules } from '../node/rules.ts';

/** @returns reads the rules into the metrics */
export function createCollector(registry: Registry, rules: Rules): () => void {
  const gauge = (name: string, help: string): Gauge =>
    new Gauge({ name: `shoal_rules_${name}`, help, registers: [registry] });
  const inEffect = gauge('in_effect', 'Rules in effect, of all lists and of a person.');
  const refusals = gauge(
    'refusals',
    'Different things that the daemon refused, as far back as its log goes.',
  );
  const memory = gauge('memory_bytes', 'Bytes of memory that the lists take.');
  return () => {
    inEffect.set(rules.ruleCount);
    refusals.set(rules.refusalCount);
    memory.set(rules.byteLength);
  };
}
