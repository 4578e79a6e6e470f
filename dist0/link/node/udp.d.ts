import { Endpoint } from '../../ground/endpoint.ts';
export type UdpProtocol = 'dht' | 'tracker' | 'utp';
export type UdpReceiver = (packet: Uint8Array, from: Endpoint) => void;
export declare const SEALED_FIRST_BYTE = 83;
export declare class UdpPorts {
    #private;
    private constructor();
    /**
     * @param port the same for both families; 0 for any
     * @param host an address to bind to: then there is one family; all addresses of both by default
     * @throws ShoalError port-in-use
     */
    static open(port: number, host?: string): Promise<UdpPorts>;
    get families(): (4 | 6)[];
    portOf(family: 4 | 6): number | undefined;
    setReceiver(protocol: UdpProtocol, receiver: UdpReceiver | undefined): void;
    /** `packet` may be reused at once. What cannot be sent is lost, as on any network. */
    send(packet: Uint8Array, to: Endpoint): void;
    close(): void;
}
