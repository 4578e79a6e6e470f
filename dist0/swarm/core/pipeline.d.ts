/**
 * How many requests to keep outstanding at one peer: bandwidth × delay, so that the link never idles and little is
 * lost when the peer goes. Starts small and grows by one a block (doubling each round trip) while the rate grows;
 * then follows the measured rate.
 */
import { type Instant } from '../../ground/units.ts';
export declare class Pipeline {
    #private;
    /** Requests to have outstanding now. */
    get depth(): number;
    get isSnubbed(): boolean;
    /** It let us wait not long ago: others go first. */
    isResting(now: Instant): boolean;
    setRemoteQueue(requests: number): void;
    /** A block came. `waitedMs` since its request, `rate` in bytes a second from this peer. */
    handleBlock(now: Instant, waitedMs: number, rate: number): void;
    /** The peer let requests time out: one at a time until it answers. */
    handleSnub(now: Instant): void;
}
