#!/usr/bin/env node
/**
 * Tries to read one secret with an identity of this container group and prints the outcome alone, never a value. The
 * smoke suite runs it inside a runtime, to see what the tenant's own tools could read.
 *
 *   node probe.js <vault URL> <client id of the identity> <name of the secret>
 */
import { AzureFailure, type Missing } from '../managed-identity/failure.js';

import { openVault } from './open.js';

/** What a probe prints. */
export type ProbeOutcome = 'read' | 'forbidden' | 'absent' | 'no-identity' | 'unreachable';

const OUTCOMES: Readonly<Record<Missing, ProbeOutcome>> = {
  role: 'forbidden',
  secret: 'absent',
  record: 'absent',
  identity: 'no-identity',
  network: 'unreachable',
  service: 'unreachable',
};

const [vault, identity, secret, ...rest] = process.argv.slice(2);
if (!vault || !URL.canParse(vault) || !identity || !secret || rest.length > 0) {
  process.stderr.write('usage: probe.js <vault URL> <client id of the identity> <name of the secret>\n');
  process.exit(2);
}
process.stdout.write(`${await probe(vault, identity, secret)}\n`, () => process.exit(0));

async function probe(url: string, clientId: string, name: string): Promise<ProbeOutcome> {
  try {
    await openVault(url, clientId).read(name);
    return 'read';
  } catch (error) {
    if (error instanceof AzureFailure) return OUTCOMES[error.missing];
    throw error;
  }
}
