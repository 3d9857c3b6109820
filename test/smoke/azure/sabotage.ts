import type { Body } from '../../azure/stand-in/arm/store.js';

import type { Breaking } from './breaking.js';

/** A way to break a deployment on Azure, as it happens to platform teams, that the smoke suite must notice. */
export interface AzureSabotage {
  readonly id: string;
  /** One sentence: what is broken. */
  readonly breaks: string;
  /** The check that must notice. */
  readonly caughtBy: string;
  /** At most three more that notice too: these and no others. @default - none */
  readonly also?: readonly string[];
  /** It notices although nothing runs in the groups, for it asks Resource Manager alone. @default false */
  readonly apiOnly?: boolean;
  /** Whether a group can run so in the network of the tests. @default true */
  readonly runs?: boolean;
  /** Checks that disturb are needed to notice. @default false */
  readonly disruptive?: boolean;
  /** @returns mends it */
  readonly break: (breaking: Breaking) => Promise<() => unknown>;
}

/** A container group in JSON: what it has is known to whoever changes it. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/** Changes a container group, as a hand in the portal would. */
export const group =
  (who: string, change: (body: Json, breaking: Breaking) => void): AzureSabotage['break'] =>
  (breaking) =>
    breaking.change(who, (body: Body) => change(body, breaking));

/** Changes the container of a group. */
export const container = (who: string, change: (properties: Json, breaking: Breaking) => void) =>
  group(who, ({ properties }, breaking) => change(properties.containers[0].properties, breaking));
