import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';

import { HOST_ENV, localFiles } from '../../../topology/index.js';
import { DEDICATED, launchOf, REPLICA, type Sabotage } from '../sabotage.js';
import { like } from '../target.js';

/** A port that needs root, and that nothing uses. */
const NOBODY = '127.0.0.1:1';

const other = (runtime: string) => (runtime === DEDICATED ? REPLICA : DEDICATED);

export const reaching: readonly Sabotage[] = [
  {
    id: 'dead-name',
    breaks: 'The name of a runtime leads to an address at which nobody listens.',
    caughtBy: 'reachable',
    target: ({ target }) =>
      like(target, {
        address: async (runtime) => (runtime === DEDICATED ? NOBODY : target.address(runtime)),
      }),
  },
  {
    id: 'unwritable-home',
    breaks: 'The session state of a runtime cannot be written any more, while it still answers a ping.',
    caughtBy: 'reachable',
    async afterUp({ directory }) {
      const sessions = path.join(directory, localFiles(DEDICATED).home, 'session-state');
      // Not by a mode: tests may run as root, who ignores modes.
      // Its host writes there now and then.
      await rm(sessions, { recursive: true, maxRetries: 10 });
      await writeFile(sessions, '');
    },
  },
  {
    id: 'crossed-names',
    breaks: 'The names and tokens of two equal runtimes are swapped: each tenant talks to the other one’s.',
    caughtBy: 'right-runtime',
    also: ['session-of-another', 'sticky-session', 'state-in-place'],
    // Equal in everything, so that nothing but who they are tells them apart.
    topology: (topology) => ({
      ...topology,
      tenants: {
        ...topology.tenants,
        acme: { ...topology.tenants.acme!, idleTimeoutSeconds: undefined },
      },
    }),
    target: ({ target, manifest }) => {
      const places = new Map(
        [DEDICATED, REPLICA].map((id) => [
          JSON.stringify(manifest.runtimes[id]!.connectionToken),
          manifest.runtimes[other(id)]!.connectionToken,
        ]),
      );
      return like(target, {
        address: (runtime) => target.address(other(runtime)),
        standIn: (runtime) => target.standIn(other(runtime)),
        secret: (place) => target.secret(places.get(JSON.stringify(place)) ?? place),
      });
    },
  },
  {
    id: 'copied-name',
    breaks: 'A runtime says that it is another one, for its settings were copied from there.',
    caughtBy: 'right-runtime',
    launch: launchOf(REPLICA, ({ env }) => ({ env: { ...env, [HOST_ENV.runtime]: DEDICATED } })),
  },
];
