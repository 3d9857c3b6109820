import type { PipelinePolicy } from '@azure/core-rest-pipeline';
import { ClientSecretCredential } from '@azure/identity';

import { Arm } from '../../../azure/index.js';
import { TENANT, type AzureStandIn } from '../../azure/stand-in/index.js';

/** Somebody with a client secret. */
type Application = AzureStandIn['deployer'];

/**
 * Resource Manager of the stand-in, with the real client.
 *
 * @param who @default - whoever runs Terraform
 */
export function armOf(standIn: AzureStandIn, who: Application = standIn.deployer): Arm {
  // A connection for each call would take most of the time of a test.
  const agent = Object.assign(standIn.agent, { keepAlive: true });
  const policy: PipelinePolicy = {
    name: 'stand-in',
    sendRequest: (request, next) => next(Object.assign(request, { agent })),
  };
  const credential = new ClientSecretCredential(TENANT, who.clientId, who.clientSecret, {
    additionalPolicies: [{ policy, position: 'perCall' }],
    retryOptions: { maxRetries: 0 },
  });
  return new Arm('https://management.azure.com', credential, { maxRetries: 1, agent });
}
