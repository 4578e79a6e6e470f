/** Tells what is wrong with the disk, once, and that it is over. */
import type { ShareStatus } from '../peer/status.ts';
import type { Output } from './output.ts';
export declare class TroubleReporter {
    #private;
    constructor(output: Output);
    report(status: ShareStatus): void;
}
