import { GATEWAY_NAME } from '../../topology/index.js';
import { CheckFailure } from '../check-failure.js';
import type { Check } from '../model.js';
import type { Workbench } from '../workbench.js';

/** Reads one secret as the group's identity, and prints the outcome alone. */
const PROBE = '/app/dist/services/key-vault/probe.js';
/** Each is a program that starts: of a large pool only some of the gateway's are tried, unless all is wanted. */
const MOST_OF_GATEWAY = 4;

export const ownSecretsOnly: Check = {
  id: 'own-secrets-only',
  why: 'The identity of a runtime, which every tool in it can use, reads its own secrets in the vault and neither those of another runtime nor those of the gateway.',
  scope: ['runtime', 'pair'],
  targets: ['azure'],
  maySkipOn: [],
  deadlineMs: () => 120_000,
  async run(bench, { from, to }) {
    const own = bench.azure.expected(from).secrets;
    if (to === undefined) await expectOutcome(bench, from, own, 'read', `${from} to read its own secrets`);
    const theirs = secretsOf(bench, to ?? GATEWAY_NAME).filter((name) => !own.includes(name));
    const what = `${from} to be forbidden the secrets of ${to ?? 'the gateway'}`;
    await expectOutcome(bench, from, theirs, 'forbidden', what);
    return undefined;
  },
};

function secretsOf({ azure, manifest, options }: Workbench, who: string): readonly string[] {
  if (who !== GATEWAY_NAME) return azure.expected(who).secrets;
  const all = manifest.gateway?.expect.group?.secrets ?? [];
  return options.exhaustive ? all : all.slice(0, MOST_OF_GATEWAY);
}

async function expectOutcome(
  bench: Workbench,
  runtime: string,
  names: readonly string[],
  expected: 'read' | 'forbidden',
  what: string,
): Promise<void> {
  if (names.length === 0) return;
  const { identity, vault } = bench.azure.expected(runtime);
  const clientId = await bench.azure.clientId(runtime, identity);
  const wrong: string[] = [];
  // One after the other: each is a program that wants a good part of the memory.
  for (const name of names) {
    const outcome = await bench.probe(runtime, `node ${PROBE} ${vault} ${clientId} ${name} 2>&1; true`);
    if (outcome !== expected) wrong.push(`${outcome} for ${name}`);
  }
  if (wrong.length === 0) return;
  throw new CheckFailure({
    expected: what,
    seen: wrong.join(', '),
    advice:
      expected === 'read'
        ? 'see the role assignments on these secrets, and that the group has its identity'
        : 'see the role assignments of the identity, on vault, resource group and subscription too, and rotate what it could read',
  });
}
