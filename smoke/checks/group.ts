import { GATEWAY_NAME } from '../../topology/index.js';
import { tenantAtGateway, type Party } from '../party.js';

/** Whose container group a party comes to: its own as a runtime, that of the gateway as a tenant of the pool. */
export const groupOwner = (party: Party): string =>
  tenantAtGateway(party) === undefined ? party : GATEWAY_NAME;
