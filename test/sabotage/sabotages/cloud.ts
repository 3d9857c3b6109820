import { copyFile } from 'node:fs/promises';
import path from 'node:path';

import { HOST_ENV, SECRET_FILES, type Topology } from '../../../topology/index.js';
import type { Meddle } from '../proxy.js';
import { DEDICATED, launchOf, throughProxy, type Sabotage } from '../sabotage.js';
import { TOKEN_OF } from '../tokens.js';

/** The runtime that a tenant of the pool has for its cloud sessions. */
const OF_DOCS = 'tenant/docs';

/** Heavy work of both kinds of tenants goes to cloud sessions. */
const withCloud = (topology: Topology): Topology => ({
  ...topology,
  tenants: Object.fromEntries(
    Object.entries(topology.tenants).map(([id, tenant]) => {
      const env = TOKEN_OF[id];
      return [id, env === undefined ? tenant : { ...tenant, auth: { githubToken: { env, revision: 1 } } }];
    }),
  ),
  cloud: {
    repository: { owner: 'acme', name: 'app' },
    tenants: Object.keys(TOKEN_OF),
    onPolicyBlocked: 'fall-back',
  },
  smoke: { ...topology.smoke, standIn: { ...topology.smoke.standIn, missionControl: true } },
});

/** Something between a runtime and Mission Control. */
const onTheWay = (meddle: Meddle) => ({
  caughtBy: 'cloud-routing',
  topology: withCloud,
  launch: launchOf(DEDICATED, throughProxy('COPILOT_MC_BASE_URL', meddle)),
});

const CREATES = /^\/mission-control\/tasks$/;

export const cloud: readonly Sabotage[] = [
  {
    id: 'one-cloud-identity',
    breaks: 'The runtimes of two tenants were given one GitHub token: the cloud sessions of both are one’s.',
    caughtBy: 'cloud-routing',
    topology: withCloud,
    async launch(launch, all) {
      const [from, to] = [DEDICATED, OF_DOCS].map((id) =>
        path.join(
          all.find(({ planned }) => planned.id === id)!.env[HOST_ENV.secretsDir]!,
          SECRET_FILES.githubToken,
        ),
      );
      await copyFile(from!, to!);
      return launch;
    },
  },
  {
    id: 'other-cloud-repository',
    breaks: 'A proxy on the way to GitHub has cloud sessions created on another repository.',
    ...onTheWay((request, pass) =>
      pass(
        CREATES.test(request.path)
          ? { ...request, body: request.body.replace('"app"', '"app-of-yesterday"') }
          : request,
      ),
    ),
  },
  {
    id: 'policy-tried-again',
    breaks: 'A proxy on the way to GitHub sends once more what was refused.',
    ...onTheWay(async (request, pass) => {
      const first = await pass(request);
      return first.status === 403 ? pass(request) : first;
    }),
  },
  {
    id: 'policy-hidden',
    breaks:
      'A proxy on the way to GitHub answers refusals with a page of its own, so that nobody falls back.',
    ...onTheWay(async (request, pass) => {
      const answer = await pass(request);
      return answer.status === 403 ? { status: 403, text: async () => '<h1>Forbidden</h1>' } : answer;
    }),
  },
];
