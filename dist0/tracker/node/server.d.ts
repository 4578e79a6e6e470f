export interface TrackerServerOptions {
    /** The same for HTTP and UDP; 0 for any. */
    readonly port?: number;
    /** All addresses by default. */
    readonly host?: string;
    readonly intervalSeconds?: number;
}
export interface TrackerStatistics {
    readonly swarms: number;
    readonly peers: number;
    readonly announces: number;
    readonly scrapes: number;
}
export declare class TrackerServer {
    #private;
    private constructor();
    /** @throws ShoalError port-in-use, no-permission */
    static listen(options?: TrackerServerOptions): Promise<TrackerServer>;
    get port(): number;
    statistics(): TrackerStatistics;
    close(): Promise<void>;
}
