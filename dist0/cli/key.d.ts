import { KeyStore } from '../storage/node/key-store.ts';
import { type CommonOptions } from './options.ts';
export interface KeyCommandOptions extends CommonOptions {
    readonly output?: string;
}
export declare function openKeys(options: CommonOptions): KeyStore;
export declare function runKeyCreate(name: string, options: KeyCommandOptions): Promise<void>;
export declare function runKeyList(options: KeyCommandOptions): Promise<void>;
export declare function runKeyExport(name: string, options: KeyCommandOptions): Promise<void>;
export declare function runKeyImport(name: string, file: string, options: KeyCommandOptions): Promise<void>;
