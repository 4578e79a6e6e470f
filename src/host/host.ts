/**
 * The systems of one running daemon. It opens those that are on, each after what it needs, and closes them the other way
 * round. Systems that are off are not loaded. A system gets its settings and its own database, and no other's.
 */
import { assert } from '../ground/assert.ts';
import { Filters } from './filters.ts';
import { LinkRouter } from './link-router.ts';
import type { LinkRequest, OwnedClaim, RoutedLink } from './links.ts';
import { orderOf } from './order.ts';
import type { StoredSettings } from './settings-section.ts';
import { SettingsStore } from './settings-store.ts';
import { SystemSettings } from './settings.ts';
import type { DatabaseSync } from './state/sqlite.ts';
import { databaseFileOf, openOrSetAside } from './state/system-database.ts';
import type { Facades, OpenSystem, Services, SystemDeclaration, SystemStatus } from './system.ts';

/** The services that the host makes for each system. */
type OwnServices = 'settings' | 'database' | 'filter' | 'openLink' | 'use' | 'useIfOn';

export interface HostOptions<Surface> {
  readonly catalog: readonly SystemDeclaration<Surface>[];
  readonly isOn: (system: SystemDeclaration<Surface>) => boolean;
  readonly services: Omit<Services, OwnServices>;
}

interface Opened<Surface> {
  readonly declaration: SystemDeclaration<Surface>;
  readonly system: OpenSystem<Surface>;
  readonly database: DatabaseSync | undefined;
}

export class Host<Surface> {
  readonly settings: SystemSettings;
  readonly #options: HostOptions<Surface>;
  readonly #store: SettingsStore;
  readonly #links = new LinkRouter(() =>
    this.#opened.flatMap(({ declaration: { name }, system: { opener } }) =>
      opener === undefined ? [] : [{ system: name, opener }],
    ),
  );
  readonly #filters = new Filters();
  /** In the order in which they were opened. */
  readonly #opened: Opened<Surface>[] = [];
  readonly #allOpen = Promise.withResolvers<void>();

  constructor(options: HostOptions<Surface>) {
    this.#options = options;
    this.#store = new SettingsStore(options.services.state.folder);
    this.settings = new SystemSettings(this.#store, (name) => this.find(name));
  }

  /** Opens what is on. When one fails, those that were opened are closed again. @throws ShoalError */
  async open(): Promise<void> {
    const { catalog, isOn } = this.#options;
    try {
      for (const declaration of orderOf(catalog, isOn)) await this.#open(declaration);
    } catch (error) {
      await this.close();
      throw error;
    } finally {
      this.#allOpen.resolve();
    }
  }

  async #open(declaration: SystemDeclaration<Surface>): Promise<void> {
    const { services } = this.#options;
    const { name } = declaration;
    const values = await this.settings.read(declaration, (reason) =>
      services.notice(`a setting of ${name} is left out: ${reason}`),
    );
    const module = await declaration.load();
    const database = await this.#openDatabase(declaration);
    try {
      const system = await module.open(this.#servicesFor(declaration, database), values);
      this.#opened.push({ declaration, system, database });
      if (system.filter !== undefined) this.#filters.add(system.filter);
    } catch (error) {
      database?.close();
      throw error;
    }
  }

  #servicesFor(
    { name, needs, usesIfOn = [], tables }: SystemDeclaration<Surface>,
    database: DatabaseSync | undefined,
  ): Services {
    return {
      ...this.#options.services,
      settings: storedOf(this.#store, name),
      get database() {
        assert(tables !== undefined, `${name} asks for its database and declares no tables`);
        return database!;
      },
      filter: this.#filters,
      openLink: (request) => this.openLink(request),
      use: (wanted) => {
        assert(needs.includes(wanted), `${name} uses ${String(wanted)} and does not say so`);
        return this.#facadeOf(wanted)!;
      },
      useIfOn: (wanted) => {
        assert(usesIfOn.includes(wanted), `${name} uses ${String(wanted)} and does not say so`);
        return this.#facadeOf(wanted);
      },
    };
  }

  #facadeOf<Name extends keyof Facades>(name: Name): Facades[Name] | undefined {
    return this.find(name)?.facade as Facades[Name] | undefined;
  }

  async #openDatabase(declaration: SystemDeclaration<Surface>): Promise<DatabaseSync | undefined> {
    if (declaration.tables === undefined) return undefined;
    const { state, notice } = this.#options.services;
    const { MIGRATIONS: migrations } = await declaration.tables();
    const notices: string[] = [];
    const file = databaseFileOf(declaration);
    const database = openOrSetAside({ folder: state.folder, file, migrations, notices });
    for (const text of notices) notice(text);
    return database;
  }

  get opened(): readonly OpenSystem<Surface>[] {
    return this.#opened.map(({ system }) => system);
  }

  isOpen(name: string): boolean {
    return this.find(name) !== undefined;
  }

  /** The system of that name; undefined when it is not open. */
  find(name: string): OpenSystem<Surface> | undefined {
    return this.#opened.find(({ declaration }) => declaration.name === name)?.system;
  }

  /**
   * Hands a link to the system that takes it. It waits until all systems are open, so a system must not wait for it while
   * it opens.
   * @throws ShoalError bad-link when none does
   */
  async openLink(request: LinkRequest): Promise<RoutedLink> {
    await this.#allOpen.promise;
    return this.#links.open(request);
  }

  /** The systems that take a link, the one that `openLink` hands it to first. Nothing is opened. */
  async claimsOf(link: string): Promise<OwnedClaim[]> {
    await this.#allOpen.promise;
    return this.#links.claimsOf(link);
  }

  /** The state of each open system, in the order in which they were opened. A failure stands in place of the state. */
  statuses(): Promise<(SystemStatus & { readonly name: string })[]> {
    return Promise.all(
      this.#opened.map(async ({ declaration: { name }, system }) => {
        try {
          return { name, ...((await system.status?.()) ?? { line: 'it runs', facts: {} }) };
        } catch (error) {
          return { name, line: `it cannot say how it is: ${(error as Error).message}`, facts: {} };
        }
      }),
    );
  }

  /** The last first. One that fails does not keep the others open. @throws what the first of them failed with */
  async close(): Promise<void> {
    const failures: unknown[] = [];
    for (const { system, database } of this.#opened.splice(0).reverse()) {
      await system.close().catch((error: unknown) => failures.push(error));
      if (system.filter !== undefined) this.#filters.remove(system.filter);
      database?.close();
    }
    if (failures.length > 0) throw failures[0];
  }
}

const storedOf = (store: SettingsStore, name: string): StoredSettings => ({
  get values() {
    return store.read(name);
  },
  store: (change, alongside) => store.write(name, change, alongside),
});
