import { randomBytes } from 'node:crypto';
import { cp, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { atGateway } from '../../../smoke/party.js';
import { GATEWAY_FILES, gatewayTokenFile, HOST_ENV, localFiles } from '../../../topology/index.js';
import { DEDICATED, launchOf, type Sabotage } from '../sabotage.js';

/** Where the host of the dedicated runtime reads its secrets when nobody changes them there. */
const COPY = 'secrets-before';

const DOCS = 'docs';

export const rotation: readonly Sabotage[] = [
  {
    id: 'runtime-not-restarted',
    breaks: 'A connection token was rotated, and the runtime still runs with the one before.',
    caughtBy: 'old-token-refused',
    // It refuses the new one.
    also: ['reachable'],
    launch: launchOf(DEDICATED, async ({ env, directory }) => {
      const copy = path.join(directory, COPY);
      await cp(env[HOST_ENV.secretsDir]!, copy, { recursive: true });
      return { env: { ...env, [HOST_ENV.secretsDir]: copy } };
    }),
    afterUp: ({ directory }) =>
      writeFile(
        path.join(directory, localFiles(DEDICATED).connectionToken),
        randomBytes(32).toString('base64url'),
      ),
    async oldTokens({ directory }) {
      const file = path.join(directory, localFiles(DEDICATED).directory, COPY, 'connection-token');
      return new Map([[DEDICATED, [await readFile(file, 'utf8')]]]);
    },
  },
  {
    id: 'slot-not-taken-away',
    breaks:
      'The clients of a tenant of the pool have moved to the other token, and the gateway still takes the one before.',
    caughtBy: 'old-token-refused',
    topology: (topology) => ({
      ...topology,
      tenants: {
        ...topology.tenants,
        [DOCS]: { ...topology.tenants[DOCS]!, gatewayToken: { a: 1, b: 2 } },
      },
    }),
    async oldTokens({ directory }) {
      const file = path.join(directory, GATEWAY_FILES.tokens, gatewayTokenFile(DOCS, 'a'));
      return new Map([[atGateway(DOCS), [await readFile(file, 'utf8')]]]);
    },
  },
  {
    id: 'token-not-rotated',
    breaks: 'A token was thought to be rotated, and is in force as before.',
    caughtBy: 'old-token-refused',
    oldTokens: async ({ manifest, target }) =>
      new Map([[DEDICATED, [await target.secret(manifest.runtimes[DEDICATED]!.connectionToken)]]]),
  },
];
