import type { Check } from '../model.js';

import { allowlistTypo } from './allowlist-typo.js';
import { cloudRouting } from './cloud-routing.js';
import { foreignSessionIsAbsent } from './foreign-session-is-absent.js';
import { groupAsPlanned } from './group-as-planned.js';
import { historyAfterDisconnect } from './history-after-disconnect.js';
import { historyAfterRestart } from './history-after-restart.js';
import { identityNotInherited } from './identity-not-inherited.js';
import { identityPerSession } from './identity-per-session.js';
import { idleSessionEnds } from './idle-session-ends.js';
import { idleTimeout } from './idle-timeout.js';
import { integrationId } from './integration-id.js';
import { limitHolds } from './limit-holds.js';
import { methodRefused } from './method-refused.js';
import { modelWithoutHost } from './model-without-host.js';
import { networkApart } from './network-apart.js';
import { networkEgress } from './network-egress.js';
import { oldTokenRefused } from './old-token-refused.js';
import { optionsRefused } from './options-refused.js';
import { ownSecretsOnly } from './own-secrets-only.js';
import { podAsPlanned } from './pod-as-planned.js';
import { podSecurityEnforced } from './pod-security-enforced.js';
import { poolHistoryAfterRestart } from './pool-history-after-restart.js';
import { reachable } from './reachable.js';
import { recordLeadsHome } from './record-leads-home.js';
import { replicaOutOfReach } from './replica-out-of-reach.js';
import { rightRuntime } from './right-runtime.js';
import { secretOfAnother } from './secret-of-another.js';
import { secretsNotExposed } from './secrets-not-exposed.js';
import { secretsNotInGroup } from './secrets-not-in-group.js';
import { serviceLeadsHome } from './service-leads-home.js';
import { sessionIdsUnique } from './session-ids-unique.js';
import { sessionOfAnother } from './session-of-another.js';
import { sessionsSerialised } from './sessions-serialised.js';
import { stateInPlace } from './state-in-place.js';
import { stateOnShare } from './state-on-share.js';
import { stateOnVolume } from './state-on-volume.js';
import { statePrivate } from './state-private.js';
import { stickySession } from './sticky-session.js';
import { tokenNotWritten } from './token-not-written.js';
import { tokenOfAnother } from './token-of-another.js';
import { tokenRequired } from './token-required.js';
import { toolOfAnother } from './tool-of-another.js';

/** Every check, in the order of the report: who gets in, what can be reached, what is kept, what it runs as. */
export const CHECKS: readonly Check[] = [
  reachable,
  replicaOutOfReach,
  serviceLeadsHome,
  recordLeadsHome,
  rightRuntime,
  tokenRequired,
  tokenOfAnother,
  oldTokenRefused,
  secretOfAnother,
  ownSecretsOnly,
  networkApart,
  sessionOfAnother,
  foreignSessionIsAbsent,
  methodRefused,
  optionsRefused,
  limitHolds,
  stickySession,
  sessionsSerialised,
  sessionIdsUnique,
  modelWithoutHost,
  toolOfAnother,
  allowlistTypo,
  identityPerSession,
  identityNotInherited,
  integrationId,
  cloudRouting,
  idleTimeout,
  idleSessionEnds,
  historyAfterDisconnect,
  historyAfterRestart,
  poolHistoryAfterRestart,
  stateInPlace,
  stateOnVolume,
  stateOnShare,
  statePrivate,
  tokenNotWritten,
  secretsNotExposed,
  secretsNotInGroup,
  podAsPlanned,
  groupAsPlanned,
  podSecurityEnforced,
  networkEgress,
];
