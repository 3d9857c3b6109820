import { describe, it } from '@jest/globals';

import { Deployment } from '../support/deployment.js';
import { expectWholeLife } from '../support/life.js';
import { describeWithProvider, TerraformDeployment } from '../support/terraform.js';

describe('a deployment of the pattern isolated without Terraform', () => {
  it('is created, grows, lets a tenant go, and leaves nothing', () =>
    expectWholeLife('isolated', Deployment));
});

describeWithProvider('a deployment of the pattern isolated with the real provider', () => {
  it('does the same', () => expectWholeLife('isolated', TerraformDeployment));
});
