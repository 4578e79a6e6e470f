/** The Fetch port on the HTTP client of Node.js. */
import type { Agent } from 'node:http';
import type {
  Fetch,
  FetchAnswer,
  FetchBounds,
  FetchRequest,
  FetchSession,
} from '../../../ground/node/fetch.ts';
import { type Filter, NO_FILTER } from '../../../ground/filter.ts';
import { http, https } from '../../../ground/node/http.ts';
import { discard, openHttp } from './http-fetch.ts';

class HttpSession implements FetchSession {
  readonly #bounds: FetchBounds;
  readonly #filter: Filter;
  /** By protocol. */
  readonly #agents = new Map<string, Agent>();

  constructor(bounds: FetchBounds, filter: Filter) {
    this.#bounds = bounds;
    this.#filter = filter;
  }

  async open(url: string, request: FetchRequest): Promise<FetchAnswer> {
    const agent = (target: URL): Agent => this.#agentOf(target);
    const { message, ...answer } = await openHttp(url, { ...request, agent, filter: this.#filter });
    return {
      ...answer,
      headers: message.headers as FetchAnswer['headers'],
      body: message,
      discard: () => discard(message),
    };
  }

  close(): void {
    for (const agent of this.#agents.values()) agent.destroy();
  }

  #agentOf({ protocol }: URL): Agent {
    let agent = this.#agents.get(protocol);
    if (agent === undefined) {
      const { maxConnections, maxIdleHosts } = this.#bounds;
      const { Agent: WebAgent } = protocol === 'https:' ? https() : http();
      agent = new WebAgent({ keepAlive: true, maxSockets: maxConnections });
      agent.keepSocketAlive = (socket) =>
        Object.keys(agent!.freeSockets).length < maxIdleHosts &&
        WebAgent.prototype.keepSocketAlive.call(agent, socket);
      this.#agents.set(protocol, agent);
    }
    return agent;
  }
}

/** Denied addresses are not connected to. */
export function createHttpFetch(filter: Filter): Fetch {
  return { openSession: (bounds) => new HttpSession(bounds, filter) };
}

export const httpFetch: Fetch = createHttpFetch(NO_FILTER);
