/** A wait that ends by time, by a signal, or because something changed. */
export declare class Wakeup {
    #private;
    wake(): void;
    wait(ms: number, signal?: AbortSignal): Promise<void>;
}
