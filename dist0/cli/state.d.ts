import { type CommonOptions } from './options.ts';
export declare function runStateList(options: CommonOptions): Promise<void>;
export declare function runStateExport(file: string, options: CommonOptions): Promise<void>;
export declare function runStateImport(file: string, options: CommonOptions): Promise<void>;
