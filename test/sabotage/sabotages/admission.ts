import { copyFile } from 'node:fs/promises';
import path from 'node:path';

import { HOST_ENV, SECRET_FILES } from '../../../topology/index.js';
import { startGatekeeper, type Admit } from '../gatekeeper.js';
import { DEDICATED, REPLICA, type Sabotage } from '../sabotage.js';
import { like } from '../target.js';

/** The way to the dedicated runtime leads through a gatekeeper. */
function through(admit: Admit): NonNullable<Sabotage['target']> {
  return async (running) => {
    const gate = await startGatekeeper(running, DEDICATED, admit);
    const { target } = running;
    return like(target, {
      address: async (runtime) => (runtime === DEDICATED ? gate : target.address(runtime)),
    });
  };
}

export const admission: readonly Sabotage[] = [
  {
    id: 'open-door',
    breaks:
      'A proxy in front of a runtime gives the right token to whoever comes without one or with a wrong one.',
    caughtBy: 'token-required',
    also: ['token-of-another'],
    target: through((first, token) => [{ ...first, params: { ...first.params, token } }]),
  },
  {
    id: 'handshake-only',
    breaks:
      'A proxy in front of a runtime judges the token of a handshake, and lets in who sends no handshake.',
    caughtBy: 'token-required',
    target: through((first, token) =>
      first.method === 'connect'
        ? [first]
        : [{ ...first, id: 'gate', method: 'connect', params: { token } }, first],
    ),
  },
  {
    id: 'one-token',
    breaks: 'Two runtimes were given the same connection token.',
    caughtBy: 'token-of-another',
    async launch(launch, all) {
      const [from, to] = [DEDICATED, REPLICA].map((id) =>
        path.join(
          all.find(({ planned }) => planned.id === id)!.env[HOST_ENV.secretsDir]!,
          SECRET_FILES.connectionToken,
        ),
      );
      await copyFile(from!, to!);
      return launch;
    },
  },
];
