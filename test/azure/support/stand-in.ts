import { afterTest } from '../../support/cleanup.js';
import { AzureStandIn } from '../stand-in/index.js';

/** An Azure of its own for one test, ended with it. */
export async function startStandIn(): Promise<AzureStandIn> {
  const standIn = await AzureStandIn.start();
  afterTest(() => standIn.stop());
  return standIn;
}
