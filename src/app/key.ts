/** `shoal key`: the person's signing keys. */
import { readFile, writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { toHex } from '../ground/bytes.ts';
import { fromSystemError } from '../ground/errors.ts';
import type { SigningKey } from '../host/state/key-store.ts';
import { openKeys } from '../cli/keys.ts';
import { type CommonOptions, createOutput } from '../cli/options.ts';
import type { Output } from '../cli/output.ts';
import { EXIT, runCommand } from '../cli/run.ts';

export interface KeyCommandOptions extends CommonOptions {
  readonly output?: string;
}

function show(output: Output, event: string, key: SigningKey): void {
  output.event(event, { name: key.name, publicKey: toHex(key.publicKey) });
  output.result(`${key.name}  ${toHex(key.publicKey)}`);
}

export async function runKeyCreate(name: string, options: KeyCommandOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async () => {
    const keys = openKeys(options);
    show(output, 'key', await keys.create(name));
    output.info(
      `kept in ${keys.folder}; anyone who has it can publish in your name: back it up with "shoal key export"`,
    );
    return EXIT.done;
  });
}

export async function runKeyList(options: KeyCommandOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async () => {
    const keys = await openKeys(options).list();
    for (const key of keys) show(output, 'key', key);
    if (keys.length === 0)
      output.info('there are no keys yet; "shoal publish" makes one, or "shoal key create NAME"');
    return EXIT.done;
  });
}

export async function runKeyExport(name: string, options: KeyCommandOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async () => {
    const pem = await openKeys(options).export(name);
    if (options.output === undefined) {
      output.event('key', { name, pem });
      output.result(pem.trimEnd());
      return EXIT.done;
    }
    const path = resolve(options.output);
    try {
      await writeFile(path, pem, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      throw fromSystemError(`cannot write ${path}`, error);
    }
    output.event('exported', { name, path });
    output.result(path);
    return EXIT.done;
  });
}

export async function runKeyImport(name: string, file: string, options: KeyCommandOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(output, async () => {
    let text: string;
    try {
      text = await readFile(file === '-' ? '/dev/stdin' : resolve(file), 'utf8');
    } catch (error) {
      throw fromSystemError(`cannot read ${file}`, error);
    }
    show(output, 'key', await openKeys(options).import(name, text));
    return EXIT.done;
  });
}
