import { Agent, request } from 'node:http';
import { Duplex, PassThrough } from 'node:stream';

import { PortForward } from '@kubernetes/client-node';
import pTimeout from 'p-timeout';

import { HOST_PORTS } from '../topology/index.js';

import type { Cluster } from './connection.js';

/** The host itself gives a runtime 5 s to prove that it can write. */
const ANSWER_MS = 8000;

/**
 * Asks the host in a pod why it is not ready. Through the kubelet, for a NetworkPolicy shuts everybody else out.
 *
 * @returns undefined when it is ready, or says nothing
 */
export async function askReadiness(
  { config }: Cluster,
  namespace: string,
  pod: string,
): Promise<string | undefined> {
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
    const body = await pTimeout(get('/readyz', Duplex.from({ readable: fromPod, writable: toPod })), {
      milliseconds: ANSWER_MS,
    });
    const { reason } = JSON.parse(body) as { reason?: unknown };
    return typeof reason === 'string' ? reason : undefined;
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
