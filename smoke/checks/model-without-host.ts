import type { CopilotSession } from '@github/copilot-sdk';

import type { Manifest } from '../../topology/index.js';
import { CheckFailure } from '../check-failure.js';
import type { Check, Subject } from '../model.js';
import { runtimesBehind } from '../party.js';
import type { Workbench } from '../workbench.js';

/** Built-in tools that reach the host of a runtime in default mode. */
const HOST_TOOLS = {
  bash: { command: 'cat /etc/passwd', description: 'read' },
  view: { path: '/etc/passwd' },
} as const;

/** Stands in every /etc/passwd, and in no error message. */
const LEAKED = /root:[^:]*:0:0/;

export const modelWithoutHost: Check = {
  id: 'model-without-host',
  why: 'In empty mode with custom tools only, the model can neither run a shell nor read a file of the host, even when it asks to.',
  scope: ['runtime', 'tenant'],
  maySkipOn: ['kubernetes', 'azure'],
  inapplicable: needsStandIn,
  async run(bench, { from }) {
    const session = await bench.session(from, { availableTools: ['custom:*'] });
    await expectNoHost(bench, session, '');
    // The runtime does not keep the allowlist: a client that forgets it on resume gets back every built-in tool.
    await session.disconnect();
    const resumed = await bench.resume(from, session.sessionId, { availableTools: ['custom:*'] });
    await expectNoHost(bench, resumed, ' after a resume');
    return undefined;
  },
};

async function expectNoHost(bench: Workbench, session: CopilotSession, when: string): Promise<void> {
  const offered = JSON.parse(await bench.ask(session, { offered: true })) as string[];
  if (offered.length > 0) throw failure(`the model was offered ${offered.join(', ')}${when}`);
  for (const [tool, args] of Object.entries(HOST_TOOLS)) {
    const answer = await bench.ask(session, { call: { tool, arguments: args } });
    if (LEAKED.test(answer)) throw failure(`${tool} returned /etc/passwd${when}`);
    if (!answer.includes('does not exist')) throw failure(`${tool} answered${when}: ${answer.slice(0, 120)}`);
  }
}

function failure(seen: string): CheckFailure {
  return new CheckFailure({
    expected: 'no tool of the host to be offered or to run',
    seen,
    advice: 'connect with mode "empty" and allow custom tools only',
  });
}

/** The reason why a model cannot be told what to do where a party's sessions run. */
export function needsStandIn({ from }: Subject, manifest: Manifest): string | undefined {
  return runtimesBehind(manifest, from).every(({ expect }) => expect.standIns.includes('model'))
    ? undefined
    : 'only a stand-in model can be told what to ask for: set smoke.standIn: true';
}
