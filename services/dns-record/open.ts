import { PLACEHOLDER_ADDRESS } from '../../topology/host-contract.js';
import { managedIdentity } from '../managed-identity/credential.js';
import type { RecordSettings } from '../managed-identity/settings.js';

import { RecordKeeper, type RecordLog } from './keeper.js';
import { RecordSet } from './record-set.js';

/** Begins to keep a record set right, as the managed identity of this container group may. */
export function keepRecord(settings: RecordSettings, log: RecordLog): RecordKeeper {
  const record = new RecordSet(settings, managedIdentity(settings.identity));
  return new RecordKeeper({ record, placeholder: PLACEHOLDER_ADDRESS, log });
}
