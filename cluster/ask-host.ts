import { Agent, request } from 'node:http';
import { Duplex, PassThrough } from 'node:stream';

import { PortForward } from '@kubernetes/client-node';
import pTimeout, { TimeoutError } from 'p-timeout';

import { readStatus, type HostStatus } from '../diagnosis/index.js';
import { HOST_PORTS } from '../topology/index.js';

import type { Cluster } from './connection.js';

/** The host itself gives a runtime 5 s to prove that it can write. */
const ANSWER_MS = 8000;

/** Somebody may not forward ports, or the pod does not answer in time. Says so in lower case. */
export class HostUnreachable extends Error {
  override readonly name = 'HostUnreachable';
}

/**
 * Asks the host in a pod how its runtime stands. Through the kubelet, for a NetworkPolicy shuts everybody else out, the
 * proxy of the API server too.
 *
 * @throws {HostUnreachable} when there is no answer
 */
export async function askHost(cluster: Cluster, namespace: string, pod: string): Promise<HostStatus> {
  const ask = async () =>
    // One of an earlier image knows only the second.
    readStatus(await fromHost(cluster, namespace, pod, '/statusz')) ??
    readStatus(await fromHost(cluster, namespace, pod, '/readyz'));
  const status = await pTimeout(ask(), { milliseconds: ANSWER_MS }).catch((error: unknown) => {
    throw new HostUnreachable(describe(error), { cause: error });
  });
  if (status) return status;
  throw new HostUnreachable(`what listens on port ${HOST_PORTS.health} of ${pod} is no host of a runtime`);
}

function describe(error: unknown): string {
  if (error instanceof TimeoutError) return `its host does not answer within ${ANSWER_MS / 1000} s`;
  // A WebSocket that is refused fails with an event.
  const message = String((error as { message?: unknown } | undefined)?.message ?? error);
  return /\b(401|403)\b/.test(message)
    ? 'no right to forward ports: grant create and get on pods/portforward'
    : `its host cannot be asked (${message})`;
}

async function fromHost({ config }: Cluster, namespace: string, pod: string, path: string): Promise<string> {
  const toPod = new PassThrough();
  const fromPod = new PassThrough();
  const forwarded = new PortForward(config).portForward(
    namespace,
    pod,
    [HOST_PORTS.health],
    fromPod,
    null,
    toPod,
  );
  const socket = await pTimeout(forwarded, { milliseconds: ANSWER_MS });
  try {
    const answer = get(path, Duplex.from({ readable: fromPod, writable: toPod }));
    return await pTimeout(answer, { milliseconds: ANSWER_MS });
  } finally {
    toPod.end();
    (typeof socket === 'function' ? socket() : socket)?.close();
  }
}

/** One request over a stream that is already open. */
function get(path: string, stream: Duplex): Promise<string> {
  return new Promise((resolve, reject) => {
    const agent = new Agent();
    agent.createConnection = () => stream;
    request({ path, host: 'localhost', agent, headers: { connection: 'close' } }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (text: string) => (body += text));
      response.on('end', () => resolve(body));
      response.on('error', reject);
    })
      .on('error', reject)
      .end();
  });
}
