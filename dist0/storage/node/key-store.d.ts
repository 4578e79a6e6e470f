export interface SigningKey {
    readonly name: string;
    /** 32 bytes, secret. */
    readonly seed: Uint8Array;
    /** 32 bytes. */
    readonly publicKey: Uint8Array;
}
export declare class KeyStore {
    #private;
    readonly folder: string;
    constructor(folder: string);
    /** @throws ShoalError name-conflict, bad-argument */
    create(name: string): Promise<SigningKey>;
    /**
     * @param text PEM (PKCS #8), or the 32-byte seed as 64 hex digits
     * @throws ShoalError bad-argument, name-conflict
     */
    import(name: string, text: string): Promise<SigningKey>;
    /** PEM. @throws ShoalError not-found, no-permission */
    export(name: string): Promise<string>;
    /** @throws ShoalError not-found, no-permission, state-broken */
    load(name: string): Promise<SigningKey>;
    /** The key, made now when there is none of that name. */
    loadOrCreate(name: string): Promise<{
        readonly key: SigningKey;
        readonly isNew: boolean;
    }>;
    list(): Promise<SigningKey[]>;
}
