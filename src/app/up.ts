/** `shoal up`: runs the daemon until it is stopped. Other programs drive it. */
import { join, resolve } from 'node:path';
import { type CommonOptions, createOutput } from '../cli/options.ts';
import type { Output } from '../cli/output.ts';
import { EXIT, runCommand } from '../cli/run.ts';
import { printable } from '../cli/terminal/format.ts';
import { collectGarbage } from '../ground/node/garbage.ts';
import { ErrorTable } from '../host/errors.ts';
import { Host } from '../host/host.ts';
import { type ClaimedFolder, claimStateFolder, defaultStateDir } from '../host/state/state-folder.ts';
import { Switches } from '../host/switches.ts';
import type { DaemonEnd, SystemDeclaration } from '../host/system.ts';
import { removeAddress, writeAddress } from '../host/daemon-address.ts';
import { KeySecret, tokenOf } from '../http/secrets.ts';
import type { Mount } from '../http/mount.ts';
import { openPage, pagesOf, removeLeadFile } from '../http/page-address.ts';
import { isLoopback } from '../http/loopback.ts';
import { ApiServer } from '../http/server.ts';
import { CATALOG } from './catalog.ts';
import { createDaemonRoutes } from './daemon-routes.ts';
import { requireHeeded } from './heeded-options.ts';
import { createHostRoutes } from './host-routes.ts';
import { createLinkRoutes } from './link-routes.ts';
import { createSettingsRoutes } from './settings-routes.ts';
import { requireSystem } from './systems.ts';
import { DEFAULT_LEVEL, logApi, openLog } from './up-log.ts';

export interface UpOptions extends CommonOptions {
  readonly apiPort?: number;
  readonly apiHost?: string;
  readonly apiToken?: boolean;
  readonly open?: boolean;
  readonly logLevel?: string;
  readonly logFile?: string;
  /** Names of systems that are on for this start. */
  readonly system?: readonly string[];
  readonly downloadDir?: string;
}

export async function runUp(options: UpOptions): Promise<void> {
  const output = createOutput(options);
  await runCommand(
    output,
    async (signal, beginStop) => {
      await holdUp(options, output, { signal, beginStop }, async ({ url, token, pages, state, hints }) => {
        output.result(`page: ${printable(pages[0]!)}`);
        for (const page of pages.slice(1)) output.result(`page for other machines: ${printable(page)}`);
        for (const hint of hints) output.info(printable(hint));
        output.info(`other accounts and machines need the token in ${printable(join(state, 'api-token'))}`);
        const opens = options.open !== false && options.json !== true && process.stdout.isTTY;
        if (opens) void openPage(url, token, state);
      });
      return EXIT.done;
    },
    () => 'the daemon is down; its shares resume at the next start',
    true,
  );
}

export interface UpAddress {
  readonly url: string;
  readonly token: string;
  /** Addresses that sign in; the first one is for this machine. */
  readonly pages: readonly string[];
  /** The state folder. */
  readonly state: string;
  /** Lines of the systems about their own addresses. */
  readonly hints: readonly string[];
}

/** The token that a person chose. Programs that the daemon starts do not inherit it. */
function takeChosenToken(): string | undefined {
  const { SHOAL_API_TOKEN: chosen } = process.env;
  delete process.env.SHOAL_API_TOKEN;
  return chosen === '' ? undefined : chosen;
}

/** Runs the daemon until the signal, or until a program ends it. @param whenUp called once it answers */
export async function holdUp(
  options: UpOptions,
  output: Output,
  { signal, beginStop }: DaemonEnd,
  whenUp: (address: UpAddress) => Promise<void>,
): Promise<void> {
  for (const name of options.system ?? []) requireSystem(name);
  const { logFile, logLevel = logFile === undefined ? undefined : DEFAULT_LEVEL } = options;
  const log = logLevel === undefined ? undefined : await openLog(logLevel, logFile);
  const ended = Promise.withResolvers<void>();
  signal.addEventListener('abort', () => ended.resolve(), { once: true });
  const end = (): void => ended.resolve();
  const claimed = claimStateFolder(resolve(options.state ?? defaultStateDir()));
  const { folder: state } = claimed;
  let api: ApiServer | undefined;
  let host: Host<Mount> | undefined;
  try {
    for (const notice of claimed.notices) output.info(notice);
    // Before a system starts: it may run programs.
    const token = tokenOf(state, takeChosenToken());
    const keySecret = new KeySecret(state);
    const services = {
      state: claimed,
      options: { ...options },
      signal,
      log,
      notice: (text: string) => output.info(text),
      complain: (code: string, text: string) => output.error(code, text),
      end,
      keySecret,
    };
    const isOn = isOnAt(claimed, options);
    requireHeeded({ ...options }, CATALOG, isOn);
    host = new Host<Mount>({ catalog: CATALOG, isOn, services });
    await host.open();
    api = await openApi({ host, options, state, token, keySecret, end });
    if (log !== undefined) logApi(log, api);
    const ready = host.opened.flatMap((system) => system.ready ?? []);
    const facts = Object.assign({}, ...ready.map((each) => each.facts)) as Readonly<Record<string, unknown>>;
    log?.info({ event: 'up', url: api.url, ...facts });
    const { url, port } = api;
    writeAddress(state, { url, token });
    const pages = pagesOf(url, token, options.apiHost ?? '127.0.0.1');
    output.event('ready', { url, port, token, pages, ...facts });
    setImmediate(collectGarbage);
    for (const { line } of ready) output.info(line);
    const hints = ready.flatMap(({ hintFor }) => hintFor?.(url) ?? []);
    await whenUp({ url, token, pages, state, hints });
    await ended.promise;
  } finally {
    beginStop();
    try {
      await api?.close();
      await host?.close();
    } finally {
      // Also when a system could not be closed: commands must not take this daemon for one that answers.
      removeAddress(state);
      removeLeadFile(state);
      claimed.release();
      log?.info({ event: 'down' });
    }
  }
}

/** The systems that a person switched on, and those of this start. */
function isOnAt(
  { folder }: ClaimedFolder,
  { system = [] }: UpOptions,
): (declaration: SystemDeclaration<Mount>) => boolean {
  const switches = new Switches(folder);
  return (declaration) => system.includes(declaration.name) || switches.isOn(declaration);
}

interface ApiParts {
  readonly host: Host<Mount>;
  readonly options: UpOptions;
  readonly state: string;
  readonly token: string;
  readonly keySecret: KeySecret;
  readonly end: () => void;
}

function openApi({ host, options, state, token, keySecret, end }: ApiParts): Promise<ApiServer> {
  const { apiHost, apiPort: port } = options;
  const surfaces = host.opened.flatMap(({ surface }) => surface ?? []);
  return ApiServer.open({
    mounts: [
      ...surfaces,
      createHostRoutes({ host, switches: new Switches(state), end }),
      createSettingsRoutes(host),
      createLinkRoutes(host),
      createDaemonRoutes(host),
    ],
    host: apiHost,
    port,
    token,
    keySecret,
    errors: new ErrorTable(CATALOG),
    systems: CATALOG,
    isOpen: (name) => host.isOpen(name),
    trustsAccount: options.apiToken !== true && isLoopback(apiHost ?? '127.0.0.1'),
    sessionFile: join(state, 'api-sessions'),
  });
}
