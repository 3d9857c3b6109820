import { copyFile, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';

import {
  GATEWAY_FILES,
  gatewayTokenFile,
  HOST_ENV,
  SECRET_FILES,
  type GatewayConfig,
  type Manifest,
  type SecretPlace,
} from '../../../topology/index.js';
import { waitFor } from '../../support/wait.js';
import { launchOf, REPLICA, type Running, type Sabotage } from '../sabotage.js';
import { like } from '../target.js';

/** Two tenants of the pool; the first is the one whose limits are tried. */
const DOCS = 'docs';
const SUPPORT = 'support';

const tokenPlace = ({ routes }: Manifest, tenant: string) => (routes[tenant] as { token: SecretPlace }).token;
const isAt = (place: SecretPlace, ...others: readonly SecretPlace[]) =>
  others.some((other) => JSON.stringify(other) === JSON.stringify(place));

/** Changes what the running gateway was configured with, as a hand in a ConfigMap would. */
const configured =
  (change: (tenant: GatewayConfig['tenants'][string]) => GatewayConfig['tenants'][string]) =>
  async ({ directory }: Running) => {
    const file = path.join(directory, GATEWAY_FILES.config);
    const config = JSON.parse(await readFile(file, 'utf8')) as GatewayConfig;
    const tenants = { ...config.tenants, [DOCS]: change(config.tenants[DOCS]!) };
    await writeFile(file, JSON.stringify({ ...config, tenants }));
    const log = path.join(directory, GATEWAY_FILES.log);
    await waitFor('the gateway to take it up', async () =>
      (await readFile(log, 'utf8')).includes('the configuration has changed'),
    );
  };

export const pool: readonly Sabotage[] = [
  {
    id: 'open-pool',
    breaks: 'The name of the gateway leads straight to a replica, whose token all tenants were given.',
    caughtBy: 'replica-out-of-reach',
    target: ({ target, manifest }) =>
      like(target, {
        gateway: () => target.address(REPLICA),
        secret: (place) =>
          isAt(place, tokenPlace(manifest, DOCS), tokenPlace(manifest, SUPPORT))
            ? target.secret(manifest.runtimes[REPLICA]!.connectionToken)
            : target.secret(place),
      }),
  },
  {
    id: 'gateway-token-for-a-replica',
    breaks: 'A replica was given the gateway token of a tenant as its connection token.',
    caughtBy: 'replica-out-of-reach',
    launch: launchOf(REPLICA, async ({ env, directory }) => {
      const state = path.resolve(directory, path.relative(REPLICA, '.'));
      const token = path.join(state, GATEWAY_FILES.tokens, gatewayTokenFile(DOCS, 'a'));
      await copyFile(token, path.join(env[HOST_ENV.secretsDir]!, SECRET_FILES.connectionToken));
      return {};
    }),
  },
  {
    id: 'one-gateway-token',
    breaks: 'The back end of a tenant of the pool was given the gateway token of another.',
    caughtBy: 'token-of-another',
    also: ['session-of-another', 'foreign-session-is-absent'],
    target: ({ target, manifest }) =>
      like(target, {
        secret: (place) =>
          target.secret(isAt(place, tokenPlace(manifest, SUPPORT)) ? tokenPlace(manifest, DOCS) : place),
      }),
  },
  {
    id: 'ids-without-tenant',
    breaks: 'The gateway puts no tenant before the ids of sessions, so that all tenants have the same.',
    caughtBy: 'session-of-another',
    also: ['token-of-another', 'foreign-session-is-absent'],
    gateway: [{ file: 'ids.js', from: '(tenant) => `${tenant}${TENANT_SEPARATOR}`', to: '() => ""' }],
  },
  {
    id: 'tells-whose-it-is',
    breaks: 'The gateway says of a session of another tenant that it is there, and whose it is not.',
    caughtBy: 'foreign-session-is-absent',
    also: ['session-of-another'],
    gateway: [
      {
        file: 'calls/attach.js',
        from: 'if (!home) {',
        to: 'if (!home) { for (const other of context.sessions) if (other.id === id && other.tenant !== tenant) throw forbidden("it is another tenant\'s");',
      },
    ],
  },
  {
    id: 'method-let-through',
    breaks: 'Somebody added a method to the table of the gateway: tenants have a shell on the replicas.',
    caughtBy: 'method-refused',
    gateway: [
      {
        file: 'methods.js',
        from: '"session.abort": session("reason"),',
        to: '"session.abort": session("reason"), "session.shell.exec": session("command"),',
      },
    ],
  },
  {
    id: 'wider-policy',
    breaks: 'The policy of a tenant was changed at the gateway: its sessions may have every built-in tool.',
    caughtBy: 'options-refused',
    afterUp: configured((tenant) => ({ ...tenant, policy: { ...tenant.policy, builtInTools: ['*'] } })),
  },
  {
    id: 'directory-by-client',
    breaks: 'The gateway lets clients say where on the replica a session works.',
    caughtBy: 'options-refused',
    gateway: [
      {
        file: 'policy/session-options.js',
        from: 'workingDirectory: directory,',
        to: 'workingDirectory: any,',
      },
    ],
  },
  {
    id: 'limits-raised',
    breaks: 'The limits of a tenant were raised at the gateway, so that it can take what others need.',
    caughtBy: 'limit-holds',
    afterUp: configured((tenant) => ({ ...tenant, limits: { ...tenant.limits, connections: 10_000 } })),
  },
  {
    id: 'one-home-for-replicas',
    breaks: 'Two replicas of the pool were given the same home, in which sessions have two histories.',
    caughtBy: 'sticky-session',
    also: ['session-of-another', 'state-in-place'],
    topology: (topology) => ({ ...topology, pool: { ...topology.pool!, replicas: 2 } }),
    launch: launchOf('pool/1', ({ env }) => ({
      env: { ...env, [HOST_ENV.home]: env[HOST_ENV.home]!.replace('pool/1', REPLICA) },
    })),
  },
  {
    id: 'two-back-ends',
    breaks: 'The gateway gives a session to whoever resumes it last, while another back end works in it.',
    caughtBy: 'sessions-serialised',
    gateway: [
      {
        file: 'calls/attach.js',
        from: 'if (known) throw taken(id);',
        to: 'if (known) context.sessions.release(known);',
      },
    ],
  },
  {
    id: 'gone-while-down',
    breaks: 'The gateway passes over a replica that is down, and says of its sessions that there are none.',
    caughtBy: 'pool-history-after-restart',
    gateway: [{ file: 'pool.js', from: 'patient && !this.#shared || reachable', to: 'reachable' }],
  },
];
