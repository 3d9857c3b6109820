import { beforeEach, describe, expect, it } from '@jest/globals';

import { runChecks, type RunOptions } from '../../../smoke/runner.js';
import { selectChecks } from '../../../smoke/suite.js';
import { KubernetesTarget } from '../../../smoke/targets/kubernetes/target.js';

import { ACME, deploy, GLOBEX, MANIFEST, namespaceOf, paths, slice, tokenOf } from './deployment.js';
import { startFakeApi, type FakeApi, type Fields } from './fake-api.js';

let api: FakeApi;

beforeEach(async () => {
  api = await startFakeApi();
  deploy(api);
});

/** Runs a check that asks the API alone. @returns what it found wrong, by subject */
async function findings(check: string, options: RunOptions = {}): Promise<string[]> {
  const target = new KubernetesTarget({ manifest: MANIFEST, cluster: api.cluster });
  const results = await runChecks(selectChecks([check]), MANIFEST, target, options);
  return results.flatMap(({ verdict, from, to, seen, reason }) =>
    verdict === 'passed' ? [] : [`${from}${to === undefined ? '' : ` → ${to}`}: ${seen ?? reason}`],
  );
}

/** Changes an object of the API. */
function change(path: string, fields: Fields): void {
  api.objects.set(path, { ...api.objects.get(path), ...fields });
}

describe('checks that ask the API alone', () => {
  it.each(['service-leads-home', 'secret-of-another', 'secrets-not-exposed', 'pod-security-enforced'])(
    '%s passes where all is as planned',
    async (check) => {
      expect(await findings(check)).toEqual([]);
    },
  );

  it('run for runtimes that nobody can reach', async () => {
    const target = new KubernetesTarget({ manifest: MANIFEST, cluster: api.cluster });
    change(paths(ACME).endpointSlice, slice(namespaceOf(ACME), '10.0.0.1', { ready: false }));
    change(paths(GLOBEX).endpointSlice, slice(namespaceOf(GLOBEX), '10.0.0.2', { ready: false }));
    const checks = selectChecks(['reachable', 'right-runtime', 'pod-security-enforced']);
    const results = await runChecks(checks, MANIFEST, target);
    expect(results.map(({ check, verdict }) => `${check} ${verdict}`)).toEqual([
      ...Array<string>(2).fill('reachable failed'),
      ...Array<string>(2).fill('right-runtime skipped'),
      ...Array<string>(2).fill('pod-security-enforced passed'),
    ]);
  });

  it('are left out on other targets, and say so when they are named', async () => {
    expect(selectChecks(undefined, 'local').map(({ id }) => id)).not.toContain('pod-security-enforced');
    const local = { kind: 'local' } as KubernetesTarget & { kind: 'local' };
    const [result] = await runChecks(selectChecks(['pod-security-enforced']), MANIFEST, local);
    expect(result).toMatchObject({ verdict: 'skipped', reason: 'it has a meaning on kubernetes only' });
  });
});

describe('service-leads-home', () => {
  it('finds a Service that leads to the pod of another tenant, in another namespace', async () => {
    const foreign = { addresses: ['10.0.0.2'], conditions: { ready: true } };
    change(paths(ACME).endpointSlice, { endpoints: [foreign] });
    expect(await findings('service-leads-home')).toEqual([`${ACME}: it leads to ${GLOBEX}`]);
  });

  it('finds an address that is no pod', async () => {
    change(paths(ACME).endpointSlice, { endpoints: [{ addresses: ['192.0.2.1'] }] });
    expect(await findings('service-leads-home')).toEqual([
      `${ACME}: it leads to 192.0.2.1, which is no runtime’s pod`,
    ]);
  });

  it('finds several pods, none, and a door to the outside', async () => {
    const [one] = slice(namespaceOf(ACME), '10.0.0.1').endpoints as Fields[];
    change(paths(ACME).endpointSlice, { endpoints: [one, one] });
    change(paths(GLOBEX).service, { spec: { type: 'LoadBalancer' } });
    expect(await findings('service-leads-home')).toEqual([
      `${ACME}: it leads to 2 that are ready`,
      `${GLOBEX}: it is open to LoadBalancer`,
    ]);
  });
});

describe('pod-security-enforced', () => {
  it.each([
    [{}, 'it has no label pod-security.kubernetes.io/enforce'],
    [{ 'pod-security.kubernetes.io/enforce': 'baseline' }, 'it enforces baseline'],
  ])('finds labels %j', async (labels, seen) => {
    change(paths(ACME).namespace, { metadata: { name: 'n', labels } });
    expect(await findings('pod-security-enforced')).toEqual([`${ACME}: ${seen}`]);
  });
});

describe('secrets-not-exposed', () => {
  it.each([
    ['as it is', tokenOf(GLOBEX)],
    ['in base 64', Buffer.from(tokenOf(GLOBEX)).toString('base64')],
  ])('finds the token of another runtime in a ConfigMap, %s, and does not say it', async (_, value) => {
    change(paths(ACME).configMap, { data: { note: `see ${value} there` } });
    const found = await findings('secrets-not-exposed');
    expect(found).toEqual([
      `${ACME}: the connection token of ${GLOBEX} stands in ConfigMap copilot-runtimes`,
    ]);
    expect(found.join()).not.toContain(value);
  });

  it('finds a token in an annotation of a pod, and a GitHub token anywhere', async () => {
    change(paths(ACME).pod, { metadata: { name: 'runtime-abc', annotations: { a: tokenOf(ACME) } } });
    change(paths(GLOBEX).configMap, {
      metadata: { name: 'copilot-runtimes' },
      data: { t: `ghp_${'a'.repeat(36)}` },
    });
    expect(await findings('secrets-not-exposed')).toEqual([
      `${ACME}: the connection token of ${ACME} stands in pod runtime-abc`,
      `${GLOBEX}: a GitHub token stands in ConfigMap copilot-runtimes`,
    ]);
  });

  it.each([
    ['get', 'copilot-runtimes-smoke-any-other', 'it can read all others too'],
    ['list', '', 'it can list all of the namespace'],
  ])('finds a client that may %s too much', async (verb, name, seen) => {
    api.allowed.add(`acme-app:backend ${verb} ${namespaceOf(ACME)}/${name}`);
    expect(await findings('secrets-not-exposed')).toEqual([`${ACME}: ${seen}`]);
  });

  it('finds a client that cannot read its own', async () => {
    api.allowed.clear();
    expect(await findings('secrets-not-exposed')).toEqual([`${ACME}: it cannot`]);
  });
});

describe('secret-of-another', () => {
  it('finds a client and a pod that reach into another namespace', async () => {
    api.allowed.add(`acme-app:backend get ${namespaceOf(GLOBEX)}/runtime-connection-token`);
    api.allowed.add(`${namespaceOf(GLOBEX)}:runtime list ${namespaceOf(ACME)}/`);
    expect(await findings('secret-of-another')).toEqual([
      `${ACME} → ${GLOBEX}: it can read Secret runtime-connection-token of ${GLOBEX}`,
      `${GLOBEX} → ${ACME}: it can list the Secrets of ${ACME}`,
    ]);
  });
});

describe('an API server that refuses', () => {
  it('makes a failed result that says what to do', async () => {
    api.forbidden.add(paths(ACME).namespace);
    expect(await findings('pod-security-enforced')).toEqual([
      expect.stringMatching(
        /^tenant\/acme: cannot read namespace fake-\S+ \(403 \S+ is forbidden\): list who runs the suite under kubernetes\.smokeIdentity/,
      ),
    ]);
  });
});
