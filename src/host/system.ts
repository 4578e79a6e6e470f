/**
 * The plug: what a system declares, what the host gives it, and what it gives back. The declaration is light, because every
 * command reads it; `load` brings the engine, and only when the system is on.
 *
 * `Surface` is what the server takes of a system (`http/mount.ts`); the host does not look into it.
 */
import type { Command } from 'commander';
import type { ClaimedFolder } from './state/state-folder.ts';

/** What systems publish to each other, by name. A system adds its own by declaration merging. */
// biome-ignore lint/suspicious/noEmptyInterface: systems add to it
export interface Facades {}

export interface SystemDeclaration<Surface = unknown> {
  /** Also of its folder, its settings and its routes. */
  readonly name: string;
  /** One line for people: what it does. */
  readonly summary: string;
  readonly isOnByDefault: boolean;
  /** Systems that it uses. They are opened before it and closed after it. */
  readonly needs: readonly string[];
  /** Adds what `shoal up` can be told about it. */
  readonly addOptions?: (up: Command) => void;
  readonly load: () => Promise<SystemModule<Surface>>;
}

export interface SystemModule<Surface> {
  /** @throws ShoalError when it cannot run: the daemon does not start then */
  open(services: Services): Promise<OpenSystem<Surface>>;
}

export interface OpenSystem<Surface> {
  readonly surface?: Surface;
  /** What it offers to other systems. */
  readonly facade?: unknown;
  /** What `shoal up` says of it when the daemon is up. */
  readonly ready?: Ready;
  /** Within a few seconds: what is not saved by then counts as lost. */
  close(): Promise<void>;
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
  /** What the command line of `shoal up` says. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Aborted when the daemon is to end. */
  readonly signal: AbortSignal;
  readonly log: SystemLog | undefined;
  /** A line for the person. */
  readonly notice: (text: string) => void;
  /** What went wrong, for the person. */
  readonly complain: (code: string, text: string) => void;
  /** Ends the daemon. */
  readonly end: () => void;
  /** The secret behind keys in addresses. */
  readonly keySecret: { readonly value: string; renew(): void };
  /** What another system publishes; it has to be among `needs`. */
  use<Name extends keyof Facades>(name: Name): Facades[Name];
}
