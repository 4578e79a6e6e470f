/**
 * `node:http` and `node:https`, when they are first needed. An `import` of them reads every export, one of which loads
 * all of undici: 20 MiB and 20 ms for programs that may never speak HTTP.
 */
type Http = typeof import('node:http');
type Https = typeof import('node:https');

export const http = (): Http => process.getBuiltinModule('node:http');
export const https = (): Https => process.getBuiltinModule('node:https');
