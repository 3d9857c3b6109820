import type { Manifest } from '../../topology/index.js';
import { STAND_IN_MODEL, type Identity } from '../../topology/stand-in.js';
import type { Subject } from '../model.js';
import { runtimesBehind, type Party } from '../party.js';
import type { Workbench } from '../workbench.js';

/** The reason why identities cannot be told apart where a party's sessions run. */
export function needsGitHub({ from }: Subject, manifest: Manifest): string | undefined {
  return runtimesBehind(manifest, from).every(({ expect }) => expect.standIns.includes('github'))
    ? undefined
    : 'only a stand-in GitHub knows test identities: set smoke.standIn.github on a local topology without GitHub tokens';
}

/** Settings of a session that uses GitHub's models as the given identity, instead of a provider. */
export function asIdentity(gitHubToken: string | undefined) {
  return { model: STAND_IN_MODEL, provider: undefined, ...(gitHubToken !== undefined && { gitHubToken }) };
}

/** One turn as an identity, without a token as that of the process, and who GitHub says it was. */
export async function whoIs(
  bench: Workbench,
  party: Party,
  gitHubToken: string | undefined,
): Promise<Identity> {
  const session = await bench.session(party, asIdentity(gitHubToken));
  return JSON.parse(await bench.ask(session, { identify: true })) as Identity;
}
