/**
 * Ports: what the machines need from the world, as small synchronous interfaces. Real drivers implement them in
 * `node/` rooms, the simulated world in `sim/`.
 */
export {};
