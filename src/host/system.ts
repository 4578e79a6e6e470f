/**
 * The plug: what a system declares, what the host gives it, and what it gives back. The declaration is light, because every
 * command reads it; `load` brings the engine, and only when the system is on.
 *
 * `Surface` is what the server takes of a system (`http/mount.ts`); the host does not look into it.
 */
import type { Command } from 'commander';
import type { Filter } from '../ground/filter.ts';
import type { ErrorDeclarations } from './errors.ts';
import type { LinkOpener, LinkRequest, RoutedLink } from './links.ts';
import type { Root } from './roots.ts';
import type { SettingsModule, SettingsValues, StoredSettings } from './settings-section.ts';
import type { DatabaseSync } from './state/sqlite.ts';
import type { ClaimedFolder } from './state/state-folder.ts';

/** The facades that systems publish, by name. A system adds its own by declaration merging. */
// biome-ignore lint/suspicious/noEmptyInterface: systems add to it
export interface Facades {}

/** Groups of commands in the help, in its order. */
export type CommandGroup = 'share' | 'daemon' | 'tools';

/** Runs a daemon in the process of a command that needs one where none is up. */
export interface DaemonRunner {
  /**
   * Until the signal, or until a program ends it.
   * @param options those of `shoal up`, as they were parsed
   * @param whenUp called once it answers
   * @throws ShoalError
   */
  run(
    options: Readonly<Record<string, unknown>>,
    end: DaemonEnd,
    whenUp: (address: { readonly url: string; readonly token: string }) => Promise<void>,
  ): Promise<void>;
}

/** When a daemon ends. */
export interface DaemonEnd {
  readonly signal: AbortSignal;
  /** Called when it begins to stop, for whatever reason. */
  readonly beginStop: () => void;
}

/** Commands of a system: each adds those of one group. A command imports its code when it runs. */
export type Commands = {
  readonly [Group in CommandGroup]?: (program: Command, daemon: DaemonRunner) => void;
};

/** What a system keeps in a state folder, in numbers. */
export interface KeptState {
  /** A part of a sentence for people: `3 shares`. */
  readonly line: string;
  /** For programs. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface SystemDeclaration<Surface = unknown> {
  /** Also of its folder, its settings section, its database and its routes. */
  readonly name: string;
  /** One line for people about its purpose. */
  readonly summary: string;
  readonly isOnByDefault: boolean;
  /** Systems that it cannot do without. They are opened before it and closed after it. */
  readonly needs: readonly string[];
  /** Systems that it uses where they are on. They are opened before it then, and closed after it. */
  readonly usesIfOn?: readonly string[];
  /** Adds what `shoal up` can be told about it. */
  readonly addOptions?: (up: Command) => void;
  readonly commands?: Commands;
  /** Adds commands below `shoal state`: they show what it remembers between runs. */
  readonly stateCommands?: (state: Command) => void;
  /** What it keeps in a state folder, said when that is exported or imported. */
  readonly describeKept?: (stateFolder: string) => Promise<KeptState>;
  /** Error codes of its own; it adds them to `ErrorCodes` (`ground/errors.ts`) by declaration merging. */
  readonly errors?: ErrorDeclarations;
  /** Places of the HTTP server that it owns besides `/api/v1/<name>`. */
  readonly roots?: readonly Root[];
  /** Its settings section: `() => import('./settings.ts')`. */
  readonly settings?: () => Promise<SettingsModule>;
  /** Its database in the state folder: `() => import('./tables.ts')`. */
  readonly tables?: () => Promise<TablesModule>;
  /** The name of that file; `<name>.db` when absent. */
  readonly databaseFile?: string;
  /** Folders of files that it keeps in the state folder, and that an exported state has as well. */
  readonly stateFolders?: readonly string[];
  /**
   * What it denies to a command that does the work of a daemon itself, as the state folder says. Undefined when nothing is
   * denied: then nothing is loaded.
   */
  readonly standingFilter?: (stateFolder: string) => Promise<StandingFilter | undefined>;
  readonly load: () => Promise<SystemModule<Surface>>;
}

export interface StandingFilter {
  readonly filter: Filter;
  close(): void;
}

export interface TablesModule {
  /** Entry n brings the database from version n to n + 1. Never edit one that was released: add another. */
  readonly MIGRATIONS: readonly string[];
}

export interface SystemModule<Surface> {
  /**
   * @param settings of its section: what was set, and the defaults. A system without a section gets none.
   * @throws ShoalError when it cannot run: the daemon does not start then
   */
  open(services: Services, settings: SettingsValues): Promise<OpenSystem<Surface>>;
}

export interface OpenSystem<Surface> {
  readonly surface?: Surface;
  /** Its facade for other systems. */
  readonly facade?: unknown;
  /** The lines about it that `shoal up` prints when the daemon runs. */
  readonly ready?: Ready;
  /** Which links it takes. */
  readonly opener?: LinkOpener;
  /** Its filter, which holds for every system and for the network below them. */
  readonly filter?: Filter;
  /** Its present state, for `shoal status` and the page. */
  status?(): SystemStatus | Promise<SystemStatus>;
  /**
   * Puts a change of its settings into effect. The host has checked it, and stores it when this returns.
   * @param settings all of them, as they are from now on
   * @param change those that were given
   * @throws ShoalError with the reason when it cannot be; then nothing has changed
   */
  configure?(settings: SettingsValues, change: SettingsValues): void | Promise<void>;
  /** The values in effect, where options of the start or the system itself override the stored ones. */
  settingsNow?(): SettingsValues;
  /** Has a few seconds. Data that is not saved by then counts as lost. */
  close(): Promise<void>;
}

export interface SystemStatus {
  /** One line for people. */
  readonly line: string;
  /** For programs. */
  readonly facts: Readonly<Record<string, unknown>>;
}

export interface Ready {
  readonly line: string;
  /** For programs: fields of the event `ready`. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Where programs find it. @param url of the server, with a slash at the end */
  readonly hintFor?: (url: string) => string;
}

/** Structured logs. */
export interface SystemLog {
  debug(facts: object, message?: string): void;
  info(facts: object, message?: string): void;
  warn(facts: object, message?: string): void;
  error(facts: object, message?: string): void;
}

export interface Services {
  /** The state folder of the daemon. */
  readonly state: ClaimedFolder;
  /** The options of `shoal up`. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Aborted when the daemon is to end. */
  readonly signal: AbortSignal;
  readonly log: SystemLog | undefined;
  /** A line for the person. */
  readonly notice: (text: string) => void;
  /** Failures, for the person. */
  readonly complain: (code: string, text: string) => void;
  /** Ends the daemon. */
  readonly end: () => void;
  /** The secret behind keys in addresses. */
  readonly keySecret: { readonly value: string; renew(): void };
  /** Its settings section, as stored. */
  readonly settings: StoredSettings;
  /** Its own database, brought to its newest version; a system that declares no tables must not ask for it. */
  readonly database: DatabaseSync;
  /** The filter of all systems. Ask it before every connection, fetch and answer. */
  readonly filter: Filter;
  /** Hands a link to the system that takes it. @throws ShoalError bad-link when none does */
  openLink(request: LinkRequest): Promise<RoutedLink>;
  /** The facade of another system, which has to be among `needs`. */
  use<Name extends keyof Facades>(name: Name): Facades[Name];
  /** The same of one that may be off; it has to be among `usesIfOn`. */
  useIfOn<Name extends keyof Facades>(name: Name): Facades[Name] | undefined;
}
