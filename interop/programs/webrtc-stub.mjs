// WebTorrent and bittorrent-tracker load WebRTC at start; its native part is not built here (npm ci --ignore-scripts).
// Over TCP, HTTP and UDP it is not used, so an empty module stands in.
import { registerHooks } from 'node:module';

const stub =
  'data:text/javascript,export class RTCPeerConnection {}; export class RTCSessionDescription {}; export class RTCIceCandidate {}; export default {};';
registerHooks({
  resolve: (specifier, context, next) =>
    /webrtc-polyfill|node-datachannel/.test(specifier) ? { url: stub, shortCircuit: true } : next(specifier, context),
});
