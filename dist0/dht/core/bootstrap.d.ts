import type { Endpoint } from '../../ground/endpoint.ts';
import type { Instant } from '../../ground/units.ts';
import type { Contact } from './routing-table.ts';
export type StartKind = 'saved' | 'router' | 'person' | 'torrent' | 'peer' | 'local';
export interface StartStatus {
    readonly kind: StartKind;
    /** A host name and port as it was given, or the address. */
    readonly name: string;
    readonly address: string;
    readonly asked: boolean;
    readonly answered: boolean;
}
export declare class Bootstrap {
    #private;
    retryAt: Instant;
    /** True when the address is new. */
    add(kind: StartKind, endpoint: Endpoint, name?: string, id?: Uint8Array): boolean;
    get size(): number;
    status(): StartStatus[];
    /** Whom a first lookup asks; counts as asked. The next time is after a pause that doubles. */
    take(now: Instant): {
        readonly contacts: Contact[];
        readonly strangers: Endpoint[];
    };
    handleAnswer(from: Endpoint): void;
}
