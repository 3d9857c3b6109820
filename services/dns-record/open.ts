import { PLACEHOLDER_ADDRESS } from '../../topology/host-contract.js';
import { managedIdentity } from '../managed-identity/credential.js';

import { RecordKeeper, type RecordLog } from './keeper.js';
import { RecordSet } from './record-set.js';

/** Begins to keep a record set right, as the managed identity of this container group may. */
export function keepRecord(id: string, clientId: string, log: RecordLog): RecordKeeper {
  const record = new RecordSet(id, managedIdentity(clientId), clientId);
  return new RecordKeeper({ record, placeholder: PLACEHOLDER_ADDRESS, log });
}
