import { randomBytes, randomUUID } from 'node:crypto';

import type { Kind } from '../kind.js';
import type { Properties } from '../store.js';

export const WORKSPACES = 'Microsoft.OperationalInsights/workspaces';

/** Log Analytics workspaces. */
export const workspaces: Kind = {
  type: WORKSPACES,
  put(asked, { before }) {
    const key = () => randomBytes(64).toString('base64');
    const kept = before?.body.properties ?? { customerId: randomUUID(), keys: [key(), key()] };
    return {
      ...asked,
      properties: {
        features: {},
        retentionInDays: 30,
        workspaceCapping: { dailyQuotaGb: -1 },
        ...kept,
        ...asked.properties,
      },
    };
  },
  show({ body }) {
    const { keys: _, ...properties } = body.properties;
    return { ...body, properties };
  },
  actions: {
    sharedKeys: ({ body }) => {
      const [primarySharedKey, secondarySharedKey] = keysOf(body.properties);
      return { status: 200, body: { primarySharedKey, secondarySharedKey } };
    },
  },
};

const keysOf = (properties: Properties) => properties.keys as readonly string[];
