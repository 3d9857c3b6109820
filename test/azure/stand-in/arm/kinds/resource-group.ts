import type { Kind } from '../kind.js';
import { RESOURCE_GROUPS } from '../resource-id.js';

export const resourceGroups: Kind = { type: RESOURCE_GROUPS };

/** Keeps others from deleting (or changing) what it stands on. */
export const locks: Kind = { type: 'Microsoft.Authorization/locks' };

export const diagnosticSettings: Kind = { type: 'Microsoft.Insights/diagnosticSettings', createdStatus: 200 };
