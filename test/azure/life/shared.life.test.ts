import { describe, it } from '@jest/globals';

import { Deployment } from '../support/deployment.js';
import { expectWholeLife } from '../support/life.js';
import { describeWithProvider, TerraformDeployment } from '../support/terraform.js';

const TITLE = 'is created, grows, lets a tenant go step by step, and leaves nothing behind';

describe('a deployment without Terraform', () => {
  it(TITLE, () => expectWholeLife('shared', Deployment));
});

describeWithProvider('a deployment with the real provider', () => {
  it(TITLE, () => expectWholeLife('shared', TerraformDeployment));
});
