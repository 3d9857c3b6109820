import type { CopilotClient } from '@github/copilot-sdk';

import type { ConnectOptions } from '../../client/index.js';
import type { Target } from '../../smoke/index.js';

/** A target like another one, but for some of its methods. */
export function like(target: Target, changes: Partial<Target>): Target {
  return {
    kind: target.kind,
    address: (runtime) => target.address(runtime),
    gateway: () => target.gateway(),
    secret: (place) => target.secret(place),
    standIn: (runtime) => target.standIn(runtime),
    home: (runtime) => target.home(runtime),
    log: (runtime) => target.log(runtime),
    connect: (options) => target.connect(options),
    close: () => target.close(),
    ...changes,
  };
}

/** A target whose clients are made by something else than our client library. */
export function withClient(target: Target, create: (options: ConnectOptions) => CopilotClient): Target {
  return like(target, {
    async connect(options) {
      const client = create(options);
      try {
        await client.start();
      } catch (error) {
        await client.forceStop();
        throw error;
      }
      return client;
    },
  });
}
