/** The table of metrics, from what the daemon answers to Prometheus. */
import { code, table } from './markdown.ts';

/** Metrics of the process itself, which prom-client adds. Which there are depends on the platform. */
const OF_PROCESS = /^shoal_(?:process|nodejs)_/;

/** @param text in the text format of Prometheus */
export function metricsTable(text: string): string {
  const types = new Map<string, string>();
  const labels = new Map<string, string>();
  for (const line of text.split('\n')) {
    const [, name, type] = /^# TYPE (\S+) (\S+)/.exec(line) ?? [];
    if (name !== undefined) types.set(name, type!);
    const [, measured, given] = /^(\w+)\{([^}]*)\}/.exec(line) ?? [];
    if (measured !== undefined)
      labels.set(measured, [...given!.matchAll(/(\w+)="/g)].map(([, label]) => code(label!)).join(', '));
  }
  const own = [...text.matchAll(/^# HELP (\S+) (.*)$/gm)].filter(([, name]) => !OF_PROCESS.test(name!));
  const rows = own.map(([, name, help]) => [
    code(name!),
    types.get(name!) ?? '',
    labels.get(name!) ?? '',
    help!,
  ]);
  return table(
    ['metric', 'type', 'labels', 'what it is'],
    rows.sort(([a], [b]) => (a! < b! ? -1 : 1)),
  );
}
