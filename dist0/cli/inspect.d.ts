import { type CommonOptions } from './options.ts';
export declare function runInspect(link: string, options: CommonOptions): Promise<void>;
