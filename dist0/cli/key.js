/** `shoal key`: the person's signing keys. */
import { readFile, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { toHex } from '../ground/bytes.js';
import { fromSystemError } from '../ground/errors.js';
import { KeyStore } from '../storage/node/key-store.js';
import { defaultStateDir } from '../storage/node/state-db.js';
import { createOutput } from './options.js';
import { EXIT, runCommand } from './run.js';
export function openKeys(options) {
    return new KeyStore(join(resolve(options.state ?? defaultStateDir()), 'keys'));
}
function show(output, event, key) {
    output.event(event, { name: key.name, publicKey: toHex(key.publicKey) });
    output.result(`${key.name}  ${toHex(key.publicKey)}`);
}
export async function runKeyCreate(name, options) {
    const output = createOutput(options);
    await runCommand(output, async () => {
        const keys = openKeys(options);
        show(output, 'key', await keys.create(name));
        output.info(`kept in ${keys.folder}; whoever has it can publish in your name: back it up with "shoal key export"`);
        return EXIT.done;
    });
}
export async function runKeyList(options) {
    const output = createOutput(options);
    await runCommand(output, async () => {
        const keys = await openKeys(options).list();
        for (const key of keys)
            show(output, 'key', key);
        if (keys.length === 0)
            output.info('there are no keys yet; "shoal publish" makes one, or "shoal key create NAME"');
        return EXIT.done;
    });
}
export async function runKeyExport(name, options) {
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
        }
        catch (error) {
            throw fromSystemError(`cannot write ${path}`, error);
        }
        output.event('exported', { name, path });
        output.result(path);
        return EXIT.done;
    });
}
export async function runKeyImport(name, file, options) {
    const output = createOutput(options);
    await runCommand(output, async () => {
        let text;
        try {
            text = await readFile(file === '-' ? '/dev/stdin' : resolve(file), 'utf8');
        }
        catch (error) {
            throw fromSystemError(`cannot read ${file}`, error);
        }
        show(output, 'key', await openKeys(options).import(name, text));
        return EXIT.done;
    });
}
