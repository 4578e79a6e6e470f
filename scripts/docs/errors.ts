/** The table of error codes, from what the host and the systems declare. */
import type { ErrorTable } from '../../src/host/errors.ts';
import { code, table } from './markdown.ts';

export function errorsTable({ all }: Pick<ErrorTable, 'all'>): string {
  const rows = all.map(([name, { httpStatus = 500, exitStatus = 1, meaning, remedy }]) => [
    code(name),
    `${httpStatus}`,
    `${exitStatus}`,
    meaning,
    remedy,
  ]);
  return table(['code', 'HTTP', 'exit', 'what happened', 'what to do'], rows);
}
