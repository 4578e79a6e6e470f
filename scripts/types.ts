/**
 * Compiles everything, and asks each export for a written type (`isolatedDeclarations`), except in the files that hold
 * schemas: there the type follows from the value, and a second one beside it would be a second list of the same.
 */
import { capture, tool } from './steps.ts';

/** Files whose exports are schemas. */
const HOLDS_SCHEMAS = /^src\/(?:.+\/)?(?:schemas\/[^/]+|schemas|settings)\.ts$/;
/** What the compiler says of an export without a type. */
const OF_DECLARATIONS = /^([^(]+)\(\d+,\d+\): error TS90\d\d:/;

/** The lines of the compiler's output that count. */
export function failuresIn(output: string): string[] {
  let isExcused = false;
  return output.split('\n').filter((line) => {
    // Lines that belong to the one before are indented.
    if (!line.startsWith(' ')) isExcused = HOLDS_SCHEMAS.test(OF_DECLARATIONS.exec(line)?.[1] ?? '');
    return line !== '' && !isExcused;
  });
}

if (import.meta.main) {
  const args = ['-p', 'tsconfig.json', '--isolatedDeclarations', '--pretty', 'false'];
  const { code, output } = await capture({ name: 'types', command: tool('tsc'), args });
  const failures = failuresIn(output);
  if (failures.length > 0) console.log(failures.join('\n'));
  // A compiler that fails without a word fails.
  process.exitCode = failures.length > 0 || (code !== 0 && output.trim() === '') ? 1 : 0;
}
