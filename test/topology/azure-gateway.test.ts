import { describe, expect, it } from '@jest/globals';

import { gatewayConfigSchema } from '../../topology/gateway-contract.js';
import { azureGatewayPlace, gatewayConfig, gatewaySecrets, type Plan } from '../../topology/index.js';
import { planOf } from '../support/topology.js';

import { AZURE } from './arbitraries.js';

const SHARED = {
  name: 'prod',
  platform: 'azure',
  pattern: 'shared',
  runtime: { integrationId: 'acme', image: `r@sha256:${'0'.repeat(64)}` },
  pool: {
    replicas: 2,
    connectionTokenRevision: 3,
    storage: 'shared',
    lock: { redis: { url: 'redis://10.9.0.4:6379', password: { variable: 'redis', revision: 4 } } },
  },
  tenants: { globex: { placement: 'pool' }, initech: { placement: 'pool', gatewayToken: { a: 1, b: 2 } } },
  azure: AZURE,
};

const configOf = (plan: Plan) => gatewayConfig(plan.gateway!, azureGatewayPlace(plan)!);

describe('the configuration of a gateway on Azure', () => {
  it('names the secret and the revision behind each file that it speaks of, and reads no other secret', () => {
    const plan = planOf(SHARED);
    const { azure } = plan;
    const config = configOf(plan);
    expect(gatewayConfigSchema.parse(config)).toEqual(config);
    expect(config.replicas['pool/1']).toEqual({
      address: `${azure?.runtimes['pool/1']?.host}:4321`,
      connectionTokenFile: '/dev/shm/copilot-runtimes/replicas/1',
    });
    expect(config.keyVaultFiles).toEqual({
      'replicas/0': { secret: azure?.runtimes['pool/0']?.secrets.connectionToken, revision: 3 },
      'replicas/1': { secret: azure?.runtimes['pool/1']?.secrets.connectionToken, revision: 3 },
      'tokens/globex.a': { secret: azure?.gateway?.tokenSecrets['globex.a'], revision: 1 },
      'tokens/initech.a': { secret: azure?.gateway?.tokenSecrets['initech.a'], revision: 1 },
      'tokens/initech.b': { secret: azure?.gateway?.tokenSecrets['initech.b'], revision: 2 },
      'redis-password': { secret: azure?.gateway?.redisPasswordSecret, revision: 4 },
    });
    const read = Object.values(config.keyVaultFiles ?? {}).map(({ secret }) => secret);
    const { configSecret } = azure!.gateway!;
    expect([configSecret, ...read].sort()).toEqual([...gatewaySecrets(azure!)].sort());
  });

  it('is no other file than before when a tenant is added', () => {
    const before = configOf(planOf(SHARED));
    const after = configOf(
      planOf({ ...SHARED, tenants: { ...SHARED.tenants, umbrella: { placement: 'pool' } } }),
    );
    expect(after.keyVaultFiles).toMatchObject(before.keyVaultFiles!);
    expect(after.replicas).toEqual(before.replicas);
  });

  it('is there for a gateway on Azure only', () => {
    expect(azureGatewayPlace(planOf())).toBeUndefined();
  });

  it.each(['../../etc/passwd', '/etc/passwd', 'tokens/../x', 'a/b/c', ''])(
    'is refused with a file at %p, which is not below its directory',
    (file) => {
      const config = { ...configOf(planOf(SHARED)), keyVaultFiles: { [file]: { secret: 's', revision: 1 } } };
      expect(gatewayConfigSchema.safeParse(config).success).toBe(false);
    },
  );
});
