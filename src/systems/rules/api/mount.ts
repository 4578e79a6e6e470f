/** The routes below /api/v1/rules, and the metrics of the rules system. */
import { ShoalError } from '../../../ground/errors.ts';
import type { Mount, Server } from '../../../http/mount.ts';
import { DONE, ERROR } from '../../../http/schemas.ts';
import type { Rules } from '../node/rules.ts';
import { describeChecked, describeOwn, describeRefusal, describeRules, describeSource } from './describe.ts';
import * as schemas from './schemas.ts';

const DEFAULT_LOGGED = 100;
const PATH = '/api/v1/rules';

export function createMount(rules: Rules): Mount {
  return {
    addRoutes: (server) => {
      addRules(server, rules);
      addQuestions(server, rules);
    },
    addMetrics: async (registry) => (await import('./metrics.ts')).createCollector(registry, rules),
  };
}

function addRules(server: Server, rules: Rules): void {
  const failures = { '4xx': ERROR };
  server.get(
    PATH,
    {
      schema: {
        summary: 'Lists the deny lists, the rules of a person and the exceptions.',
        response: { 200: schemas.RULES },
      },
    },
    () => describeRules(rules),
  );

  server.post(
    PATH,
    {
      schema: {
        summary: 'Adds a list by its address or path, or denies a hash, an address or content.',
        body: schemas.ADD,
        response: { 201: schemas.ADDED, ...failures },
      },
    },
    async ({ body: { what, ...options } }, reply) => {
      const added = await rules.add(what, options);
      reply.status(201);
      return added.kind === 'source'
        ? { sources: [describeSource(added.source)], own: [] }
        : { sources: [], own: added.rules.map(describeOwn) };
    },
  );

  server.delete(
    PATH,
    {
      schema: {
        summary: 'Removes a list, a rule or an exception.',
        querystring: schemas.REMOVE,
        response: { 200: schemas.REMOVED, ...failures },
      },
    },
    ({ query }) => ({ removed: rules.remove(query.what) }),
  );

  server.post(
    `${PATH}/exceptions`,
    {
      schema: {
        summary: 'Allows a hash, an address or content, whatever lists say.',
        body: schemas.ALLOW,
        response: { 201: schemas.ALLOWED, ...failures },
      },
    },
    ({ body }, reply) => {
      const allowed = rules.allow(body.what, body.reason);
      reply.status(201);
      return { own: allowed.map(describeOwn) };
    },
  );

  server.post(
    `${PATH}/sources/:id/refresh`,
    {
      schema: {
        summary: 'Reads a list again now.',
        params: schemas.ID,
        response: { 200: schemas.SOURCE, ...failures },
      },
    },
    async ({ params: { id } }) => {
      const source = rules.sources.find(id);
      if (source === undefined) throw new ShoalError('not-found', `there is no list ${id}`);
      await rules.sources.refresh(id, 'inside');
      return describeSource(rules.sources.find(id) ?? source);
    },
  );
}

function addQuestions(server: Server, rules: Rules): void {
  server.get(
    `${PATH}/check`,
    {
      schema: {
        summary: 'Says what the rules decide about a link, a hash, an address or content.',
        querystring: schemas.CHECK,
        response: { 200: schemas.CHECKED, '4xx': ERROR },
      },
    },
    ({ query }) => ({ checked: rules.check(query.what).map(describeChecked) }),
  );

  server.get(
    `${PATH}/log`,
    {
      schema: {
        summary: 'Lists what the daemon refused, the latest first.',
        querystring: schemas.LOG_QUERY,
        response: { 200: schemas.LOG },
      },
    },
    ({ query: { limit = DEFAULT_LOGGED } }) => ({ refusals: rules.refusals(limit).map(describeRefusal) }),
  );

  server.delete(
    `${PATH}/log`,
    { schema: { summary: 'Empties the log of refusals.', response: { 204: DONE } } },
    async (_, reply) => {
      rules.clearRefusals();
      return reply.status(204).send();
    },
  );
}
