/**
 * Compiles the schemas of a route with its first request. A daemon has some two hundred of them, most of which nobody asks
 * for: compiled at the start, they and their compilers are a fifth of all that it computes until it is ready.
 */
import { createRequire } from 'node:module';
import type { FastifyServerOptions } from 'fastify';

type Compilers = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>;

/** Those of fastify itself, of the version that it was made with. */
const requireOfFastify = createRequire(createRequire(import.meta.url).resolve('fastify'));

/** Like the validators of Ajv: says whether it is right, and keeps what is wrong. */
interface Check {
  (value: unknown): unknown;
  errors?: unknown;
}

export class LazySchemas {
  readonly compilers: Compilers;
  readonly #pending: (() => void)[] = [];

  constructor() {
    this.compilers = {
      buildValidator: (shared: unknown, options: unknown) => {
        const create = once(() =>
          (requireOfFastify('@fastify/ajv-compiler') as () => BuildCheck)()(shared, options),
        );
        return (route: unknown) => {
          const check = once(() => create()(route));
          this.#pending.push(check);
          const lazy: Check = (value) => {
            const isRight = check()(value);
            lazy.errors = check().errors;
            return isRight;
          };
          return lazy as never;
        };
      },
      buildSerializer: (shared, options) => {
        const create = once(() =>
          (requireOfFastify('@fastify/fast-json-stringify-compiler') as () => BuildText)()(shared, options),
        );
        return (route) => {
          const write = once(() => create()(route));
          this.#pending.push(write);
          return (value) => write()(value);
        };
      },
    };
  }

  /** A schema that cannot be compiled fails with the first request: here it fails at once. */
  compileAll(): void {
    for (const compile of this.#pending) compile();
  }
}

type BuildCheck = (shared: unknown, options: unknown) => (route: unknown) => Check;
type BuildText = (shared: unknown, options: unknown) => (route: unknown) => (value: unknown) => string;

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
