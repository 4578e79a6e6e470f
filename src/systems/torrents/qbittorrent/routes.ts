/**
 * qBittorrent's Web API v2 (its wiki, "WebUI API (qBittorrent 4.1)", and what later versions added): `/api/v2/...`.
 * Requests are forms, answers texts or JSON. Programs sign in with any name, and with the token as the password.
 */
import type { Readable } from 'node:stream';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ShoalError } from '../../../ground/errors.ts';
import { type Access, MAX_SIGN_IN_BYTES, sendCookie } from '../../../http/access.ts';
import type { ApiOptions } from '../api/options.ts';
import { addActions, addTrackers } from './actions.ts';
import { addTorrents } from './add.ts';
import { addApp, addLog, addTransfer } from './app.ts';
import { addCategories, addTags } from './categories.ts';
import { endpointsOf, ROOT } from './endpoints.ts';
import { readForm, type SentForm } from './form.ts';
import { addReads } from './reads.ts';
import { REFUSALS } from './refusals.ts';
import { addRenaming } from './rename.ts';

/** Clients look for this name. */
const COOKIE = 'SID';
/** A form is small unless it contains torrent files. */
const MAX_FORM_BYTES = 64 * 1024 * 1024;

export async function addQbittorrent(
  server: FastifyInstance,
  options: ApiOptions,
  access: Access,
): Promise<void> {
  server.removeAllContentTypeParsers();
  const parseMultipart = async (request: FastifyRequest, payload: Readable): Promise<SentForm> => {
    const { bodyLimit = MAX_FORM_BYTES } = request.routeOptions;
    // Its parser is loaded with the first such form.
    const { readMultipart } = await import('./multipart.ts');
    return readMultipart(payload, request.headers, Math.min(bodyLimit, MAX_FORM_BYTES));
  };
  server.addContentTypeParser(/^multipart\//i, parseMultipart);
  // A form without a type is of this type.
  server.addContentTypeParser('*', { parseAs: 'string', bodyLimit: MAX_FORM_BYTES }, (_, body, done) =>
    done(null, { fields: new URLSearchParams(String(body)), files: [] } satisfies SentForm),
  );
  addSignIn(server, access);
  const { roster } = options;
  const endpoints = endpointsOf(server);
  addApp(endpoints, options);
  addTransfer(endpoints, roster);
  addLog(endpoints, roster);
  addReads(endpoints, roster);
  addActions(endpoints, roster);
  addTrackers(endpoints, roster);
  addRenaming(endpoints, roster);
  addCategories(endpoints, roster);
  addTags(endpoints, roster);
  server.post(`${ROOT}torrents/add`, async (request, reply) => {
    const form = readForm(request);
    try {
      const isGood = await addTorrents(roster, form);
      return await reply.type('text/plain').send(isGood ? 'Ok.' : 'Fails.');
    } catch (error) {
      // The status that qBittorrent sends for a file that is not a torrent.
      if (!(error instanceof ShoalError) || error.code !== 'bad-torrent') throw error;
      return reply.code(415).send({ code: error.code, message: error.message });
    }
  });
  for (const [path, why] of REFUSALS)
    endpoints.read(path, () => {
      throw new ShoalError('unsupported', `${path} is not offered: ${why}`);
    });
}

function addSignIn(server: FastifyInstance, access: Access): void {
  server.post(`${ROOT}auth/login`, { bodyLimit: MAX_SIGN_IN_BYTES }, async (request, reply) => {
    const signed = await access.signIn(request, readForm(request).get('password') ?? '');
    if (!('secret' in signed)) {
      if (signed.kind === 'wait') return reply.code(403).type('text/plain').send('Too many failed attempts.');
      return reply.type('text/plain').send('Fails.');
    }
    // Without an age, which clients read as a date.
    return sendCookie(reply, COOKIE, signed.secret).type('text/plain').send('Ok.');
  });
  server.post(`${ROOT}auth/logout`, (request, reply) => {
    access.signOut(request.headers.cookie);
    return sendCookie(reply, COOKIE, undefined).send('');
  });
}
