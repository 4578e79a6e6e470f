/**
 * The systems of one running daemon. It opens those that are on, each after what it needs, and closes them the other way
 * round. What is off is not loaded.
 */
import { assert } from '../ground/assert.ts';
import { ShoalError } from '../ground/errors.ts';
import type { Facades, OpenSystem, Services, SystemDeclaration } from './system.ts';

export interface HostOptions<Surface> {
  readonly catalog: readonly SystemDeclaration<Surface>[];
  readonly isOn: (system: SystemDeclaration<Surface>) => boolean;
  readonly services: Omit<Services, 'use'>;
}

interface Opened<Surface> {
  readonly declaration: SystemDeclaration<Surface>;
  readonly system: OpenSystem<Surface>;
}

export class Host<Surface> {
  readonly #options: HostOptions<Surface>;
  /** In the order in which they were opened. */
  readonly #opened: Opened<Surface>[] = [];

  constructor(options: HostOptions<Surface>) {
    this.#options = options;
  }

  /** Opens what is on. When one fails, those that were opened are closed again. @throws ShoalError */
  async open(): Promise<void> {
    const { catalog, isOn } = this.#options;
    try {
      for (const declaration of orderOf(catalog, isOn)) await this.#open(declaration);
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  async #open(declaration: SystemDeclaration<Surface>): Promise<void> {
    const { services } = this.#options;
    const { name, needs } = declaration;
    const use = <Name extends keyof Facades>(wanted: Name): Facades[Name] => {
      assert(needs.includes(wanted), `${name} uses ${String(wanted)} and does not say so`);
      const found = this.#opened.find((opened) => opened.declaration.name === wanted);
      return found!.system.facade as Facades[Name];
    };
    const module = await declaration.load();
    this.#opened.push({ declaration, system: await module.open({ ...services, use }) });
  }

  get opened(): readonly OpenSystem<Surface>[] {
    return this.#opened.map(({ system }) => system);
  }

  isOpen(name: string): boolean {
    return this.#opened.some(({ declaration }) => declaration.name === name);
  }

  /** The last first. One that fails does not keep the others open. @throws what the first of them failed with */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const { system } of this.#opened.splice(0).reverse())
      await system.close().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  }
}

/**
 * Those that are on, each behind what it needs.
 * @throws ShoalError unsupported when a system needs one that is off
 */
export function orderOf<Surface>(
  catalog: readonly SystemDeclaration<Surface>[],
  isOn: (system: SystemDeclaration<Surface>) => boolean,
): SystemDeclaration<Surface>[] {
  const order: SystemDeclaration<Surface>[] = [];
  const add = (system: SystemDeclaration<Surface>, path: readonly string[]): void => {
    if (order.includes(system)) return;
    assert(!path.includes(system.name), `systems need each other in a circle: ${[...path, system.name]}`);
    for (const name of system.needs) {
      const needed = catalog.find((other) => other.name === name);
      assert(needed !== undefined, `${system.name} needs ${name}, which no folder holds`);
      if (!isOn(needed))
        throw new ShoalError(
          'unsupported',
          `${system.name} needs ${name}, which is off; switch it on with: shoal systems on ${name}`,
        );
      add(needed, [...path, system.name]);
    }
    order.push(system);
  };
  for (const system of catalog) if (isOn(system)) add(system, []);
  return order;
}
