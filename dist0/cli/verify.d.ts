import { type CommonOptions } from './options.ts';
export declare function runVerify(torrent: string, dir: string, options: CommonOptions): Promise<void>;
