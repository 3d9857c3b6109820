import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

import { approveAll, type SessionConfig } from '@github/copilot-sdk';

import { serveModel } from '../../services/runtime-host/stand-in/model.js';
import { STAND_IN_MODEL } from '../../topology/stand-in.js';

import { afterTest } from './cleanup.js';

/** A stand-in model that outlives every runtime, for those of a host go with it. @returns settings of sessions with it */
export async function startModel(): Promise<SessionConfig> {
  const server = createServer((request, response) => {
    // A runtime that was ended asks no more.
    serveModel(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterTest(() => {
    server.closeAllConnections();
    server.close();
  });
  const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  return {
    availableTools: ['custom:*'],
    onPermissionRequest: approveAll,
    model: STAND_IN_MODEL,
    provider: { type: 'openai', baseUrl, apiKey: 'key' },
  };
}
