/**
 * The encryption of a peer's links, as those see it who dial and take links: a policy that may change at any time, and an engine that
 * is loaded when the first link needs it. A peer that meets no encrypted one never loads it.
 */
import type { EncryptionPolicy } from '../core/policy.ts';
import type { EncryptionEngine, EngineOptions } from './engine.ts';

type EngineMaker = (options: EngineOptions) => EncryptionEngine;

export interface EncryptionOptions {
  readonly policy: EncryptionPolicy;
  readonly clock: EngineOptions['clock'];
  readonly hasher: EngineOptions['hasher'];
  /** Makes the source of secrets, unpredictable. */
  readonly createSecretPrng: () => EngineOptions['secretPrng'];
  /** Info hashes of 20 bytes of the shares that run now: asked when the engine is loaded. */
  readonly skeys: () => Iterable<Uint8Array>;
  readonly takes: EngineOptions['takes'];
}

export class Encryption {
  policy: EncryptionPolicy;
  readonly #options: EncryptionOptions;
  #engine: EncryptionEngine | undefined;
  #loading: Promise<EncryptionEngine> | undefined;

  /** @param create where the engine is there already, as in the simulated world */
  constructor(options: EncryptionOptions, create?: EngineMaker) {
    this.policy = options.policy;
    this.#options = options;
    if (create !== undefined) this.#engine = this.#make(create);
  }

  /** Undefined until it is loaded. */
  get engine(): EncryptionEngine | undefined {
    return this.#engine;
  }

  /** Runs `action` with the engine: within the call where it is loaded, else as soon as it is. @param fail hears why it cannot be */
  use(action: (engine: EncryptionEngine) => void, fail: (error: unknown) => void): void {
    if (this.#engine !== undefined) action(this.#engine);
    else this.load().then(action, fail);
  }

  load(): Promise<EncryptionEngine> {
    this.#loading ??= import('./engine.ts').then(({ EncryptionEngine }) => {
      this.#engine = this.#make((options) => new EncryptionEngine(options));
      return this.#engine;
    });
    return this.#loading;
  }

  #make(create: EngineMaker): EncryptionEngine {
    const { clock, hasher, createSecretPrng, skeys, takes } = this.#options;
    const policy = (): EncryptionPolicy => this.policy;
    return create({ clock, hasher, secretPrng: createSecretPrng(), policy, takes, skeys: skeys() });
  }
}
