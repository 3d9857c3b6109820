import type { Agent } from 'node:http';

import { createPipelineRequest, createHttpHeaders, proxyPolicy } from '@azure/core-rest-pipeline';
import WebSocket from 'ws';
import { z } from 'zod';

import type { Terminal, TerminalEvents } from '../backup/terminal/ask.js';

import { API_VERSIONS } from './api-versions.js';
import type { Arm } from './arm.js';
import { AzureError } from './errors.js';
import { ANSWER_MS } from './http.js';

/** A terminal has a size, and what is framed does not care for it. */
const TERMINAL_SIZE = { rows: 24, cols: 80 } as const;

/** What a terminal says at once, in bytes, at most. */
const MAX_MESSAGE = 1 << 20;

/** Between asking for an orderly end of a connection and ending it, in milliseconds. */
const CLOSE_MS = 2000;

/** What a connection that breaks off ends with, by RFC 6455. */
const ABNORMAL = 1006;

export interface GroupProgram {
  /** Resource id of the container group. */
  readonly group: string;
  readonly container: string;
  /** Path of the program; Container Instances passes no arguments on. */
  readonly program: string;
}

/** Where the terminal is, and what opens it: both are secrets. */
const opened = z.object({
  webSocketUri: z.string().refine((uri) => URL.canParse(uri) && new URL(uri).protocol === 'wss:'),
  password: z.string().min(1),
});

/**
 * Starts a program in a terminal in a container, as `az container exec` does.
 *
 * @throws {AzureError} when Azure refuses, or the terminal cannot be reached
 */
export async function execInGroup(
  arm: Arm,
  { group, container, program }: GroupProgram,
  events: TerminalEvents,
): Promise<Terminal> {
  const call = { apiVersion: API_VERSIONS.containerInstance };
  const body = { command: program, terminalSize: TERMINAL_SIZE };
  const { data } = opened.safeParse(await arm.post(`${group}/containers/${container}/exec`, body, call));
  if (!data) throw new AzureError(`Azure gives no terminal in ${nameOf(group)}: run it again`);
  const { port } = new URL(data.webSocketUri);
  const socket = new WebSocket(data.webSocketUri, {
    agent: (arm.agent as Agent | undefined) ?? (await agentFor(data.webSocketUri)),
    handshakeTimeout: ANSWER_MS,
    maxPayload: MAX_MESSAGE,
    perMessageDeflate: false,
  });
  await opening(socket).catch((error: unknown) => {
    throw new AzureError(
      `cannot reach the terminal in ${nameOf(group)} (${reasonOf(error)}): let TCP ${port || 443} to Azure out of your network`,
    );
  });
  socket.on('error', () => undefined);
  socket.on('message', (data) => events.hear((data as Buffer).toString('latin1')));
  socket.on('close', (code) => events.closed(code === ABNORMAL));
  socket.send(data.password);
  return {
    send: (message) => socket.send(Buffer.from(message, 'latin1'), () => undefined),
    close: () => {
      if (socket.readyState === WebSocket.CLOSED) return;
      socket.close();
      const timer = setTimeout(() => socket.terminate(), CLOSE_MS);
      socket.once('close', () => clearTimeout(timer));
    },
  };
}

const nameOf = (group: string) => `container group ${group.split('/').at(-1)}`;

function opening(socket: WebSocket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once('open', resolve).once('error', reject);
  });
}

/** The way that calls of Resource Manager take: through HTTPS_PROXY, unless NO_PROXY names the address. */
async function agentFor(uri: string): Promise<Agent | undefined> {
  const request = createPipelineRequest({ url: uri.replace(/^wss:/, 'https:') });
  const unsent = { request, status: 0, headers: createHttpHeaders() };
  await proxyPolicy().sendRequest(request, () => Promise.resolve(unsent));
  return request.agent as Agent | undefined;
}

/** Without the address, which is a secret. */
function reasonOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  const [status] = /\b[1-5]\d\d$/.exec(message) ?? [];
  if (status !== undefined) return `status ${status}`;
  return code ?? (/timed out/.test(message) ? `no answer within ${ANSWER_MS / 1000} s` : 'it was closed');
}
