import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { awaitRollout, observe, subjectsOf, type Arm } from '../../azure/index.js';
import { AZURE_RULES, explain } from '../../diagnosis/index.js';
import type { Container } from '../azure/stand-in/arm/container-groups/model.js';
import type { Resource } from '../azure/stand-in/arm/store.js';
import { AzureStandIn } from '../azure/stand-in/index.js';
import { Deployment } from '../smoke/azure/deployment.js';

import { armOf } from './support/arm.js';

const ACME = 'tenant/acme';

let standIn: AzureStandIn;
let deployment: Deployment;
let arm: Arm;
let whole: readonly Resource[];

beforeAll(async () => {
  standIn = await AzureStandIn.start();
  deployment = await Deployment.create(standIn);
  arm = armOf(standIn);
  whole = standIn.resources;
}, 60_000);
afterAll(() => standIn.stop());

/** The deployment as it was made, whatever an earlier test has broken; its hosts say what a test has them say. */
async function deploy(log = '{"level":"info","msg":"ready"}') {
  standIn.limits.inaccessibleImages.clear();
  for (const resource of whole) standIn.groups.store.put(resource);
  const subjects = subjectsOf(deployment.manifest);
  const acme = subjects.find(({ runtime }) => runtime === ACME)!;
  standIn.groups.runner = {
    start(group, life) {
      for (const container of group.body.properties.containers as Container[]) life.started(container);
      return Promise.resolve({ logs: () => log, stop: () => Promise.resolve() });
    },
  };
  for (const { group } of subjects) await restart(standIn, group.id);
  for (const { runtime } of subjects) leadHome(deployment, runtime);
  return { standIn, deployment, subjects, acme, arm };
}

const restart = (standIn: AzureStandIn, id: string) => standIn.groups.start(standIn.groups.store.get(id)!);

function leadHome({ breaking, standIn }: Deployment, who: string): void {
  const { id } = breaking.expected(who);
  breaking.record(who, standIn.groups.life({ id })!.address!);
}

const life = ({ groups }: AzureStandIn, id: string) => groups.life({ id })!;
const containerOf = ({ groups }: AzureStandIn, id: string) =>
  (groups.store.get(id)!.body.properties.containers as Container[])[0]!;

/** A reason, and how a deployment comes to it. */
type Broken = Awaited<ReturnType<typeof deploy>>;
const CASES: readonly (readonly [code: string, says: RegExp, spoil: (broken: Broken) => unknown])[] = [
  ['not-deployed', /has no container group/, ({ deployment }) => deployment.breaking.remove(ACME)],
  [
    'not-deployed',
    /is stopped/,
    ({ standIn, acme }) => standIn.groups.stop(standIn.groups.store.get(acme.group.id)!),
  ],
  [
    'outdated',
    /runs the image old:1/,
    ({ standIn, acme }) => {
      const { body, ...group } = standIn.groups.store.get(acme.group.id)!;
      const container = containerOf(standIn, acme.group.id);
      const containers = [{ ...container, properties: { ...container.properties, image: 'old:1' } }];
      standIn.groups.store.put({
        ...group,
        body: { ...body, properties: { ...body.properties, containers } },
      });
    },
  ],
  [
    'image',
    /cannot be pulled: Failed to pull image/,
    ({ standIn, acme }) => {
      standIn.limits.inaccessibleImages.add(acme.group.image);
      return restart(standIn, acme.group.id);
    },
  ],
  [
    'mount',
    /file share cannot be mounted/,
    ({ standIn, acme }) => {
      const { share } = acme.group;
      const account = standIn.resources.find(({ name }) => name === share!.account)!;
      standIn.groups.store.put({ ...account, body: { properties: { keys: ['rotated'], networkAcls: {} } } });
      return restart(standIn, acme.group.id);
    },
  ],
  [
    'crash',
    /exit code 78, 1 restarts so far: no secret of that name/,
    ({ standIn, acme }) => life(standIn, acme.group.id).ended(containerOf(standIn, acme.group.id), 78, true),
  ],
  [
    'not-ready',
    /\S+ leads to 192\.0\.2\.1, and its group has \S+: its host/,
    ({ deployment }) => deployment.breaking.record(ACME, '192.0.2.1'),
  ],
  [
    'not-ready',
    /not ready/,
    ({ standIn, acme }) =>
      life(standIn, acme.group.id).unhealthy(containerOf(standIn, acme.group.id), 'Readiness', 'HTTP 503'),
  ],
];

describe('a rollout on Azure', () => {
  it('ends at once where everything is as planned', async () => {
    const { arm, subjects } = await deploy();
    const outcomes = await awaitRollout(arm, subjects, { timeoutSeconds: 20 });
    expect(outcomes.map(({ runtime, reasons }) => [runtime, reasons])).toEqual(
      subjects.map(({ runtime }) => [runtime, []]),
    );
    expect(subjects.map(({ runtime }) => runtime)).toContain('gateway');
  });

  it.each(CASES)('%s: %s', async (code, says, spoil) => {
    const log = code === 'crash' ? '{"level":"fatal","msg":"no secret of that name"}' : undefined;
    const broken = await deploy(log);
    await spoil(broken);
    const [seen] = await observe(broken.arm, [broken.acme]);
    const [reason] = explain(seen!, AZURE_RULES);
    expect(reason).toMatchObject({ code, message: expect.stringMatching(says) });
  });

  it('settles the others, and tells of the one that is missing as soon as waiting is in vain', async () => {
    const { deployment, arm, subjects } = await deploy();
    deployment.breaking.remove(ACME);
    const settled: string[] = [];
    const outcomes = await awaitRollout(arm, subjects, {
      timeoutSeconds: 20,
      onSettled: ({ runtime }) => settled.push(runtime),
    });
    expect(settled.toSorted()).toEqual(subjects.map(({ runtime }) => runtime).toSorted());
    expect(outcomes.filter(({ reasons }) => reasons.length > 0)).toMatchObject([
      { runtime: ACME, hopeless: true, reasons: [{ code: 'not-deployed' }] },
    ]);
  });

  it('waits for a name that comes to lead home', async () => {
    const { deployment, arm, subjects, acme } = await deploy();
    const mend = deployment.breaking.record(ACME, '192.0.2.1');
    let looks = 0;
    const rollout = awaitRollout(arm, subjects, {
      timeoutSeconds: 20,
      lookAgainMs: 20,
      onSettled: ({ runtime }) => {
        looks += 1;
        if (runtime !== ACME) mend();
      },
    });
    expect(await rollout).toHaveLength(looks);
    expect((await rollout).find(({ runtime }) => runtime === acme.runtime)?.reasons).toEqual([]);
  });

  it('knows sessions and volume from what a host has logged, and says so where it has not', async () => {
    const time = '2026-11-21T10:00:00.000Z';
    const status = { level: 'info', time, ready: true, sessions: 7, version: '1.0.85', msg: 'status' };
    const told = await deploy(`{"level":"info","msg":"ready"}\n${JSON.stringify(status)}`);
    const [seen] = await observe(told.arm, [told.acme], { usage: true });
    expect(seen!.instances[0]!.process).toMatchObject({
      ready: true,
      usage: { sessions: 7, version: '1.0.85', at: Date.parse(time) },
    });
    const silent = await deploy();
    const [unseen] = await observe(silent.arm, [silent.acme], { usage: true });
    expect(unseen!.instances[0]!.process).toMatchObject({
      ready: true,
      usageUnknown: 'its log cannot be read, or does not tell it yet',
    });
    // A rollout looks at many groups again and again, and needs none of it.
    const [plain] = await observe(silent.arm, [silent.acme]);
    expect(plain!.instances[0]!.process).not.toHaveProperty('usageUnknown');
  });

  it('gives up when its time is over', async () => {
    const { deployment, arm, acme } = await deploy();
    deployment.breaking.record(ACME, '192.0.2.1');
    const [outcome] = await awaitRollout(arm, [acme], { timeoutSeconds: 0.1, lookAgainMs: 20 });
    expect(outcome).toMatchObject({ hopeless: false, reasons: [{ code: 'not-ready' }] });
  });

  it('believes a host that has just started only once it says that it is ready', async () => {
    const { arm, acme } = await deploy('{"level":"info","msg":"the runtime listens"}');
    const [seen] = await observe(arm, [acme]);
    expect(explain(seen!, AZURE_RULES)).toMatchObject([
      { code: 'not-ready', message: expect.stringContaining('has not said yet that it is ready') },
    ]);
  });

  it('finds a suspended runtime that still runs, and nothing wrong where it is gone', async () => {
    const { deployment, arm, acme } = await deploy();
    const suspended = { ...acme, state: 'suspended' as const };
    const reasons = async () => explain((await observe(arm, [suspended]))[0]!, AZURE_RULES);
    expect(await reasons()).toMatchObject([{ code: 'not-stopped' }]);
    deployment.breaking.remove(ACME);
    expect(await reasons()).toEqual([]);
  });

  it('tells what the deployer may not look at', async () => {
    const { standIn, subjects } = await deploy();
    const nobody = standIn.directory.addApplication();
    await expect(observe(armOf(standIn, nobody), subjects)).rejects.toThrow(
      /^cannot read .*: 403 AuthorizationFailed/,
    );
  });
});
