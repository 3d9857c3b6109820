/** A CDKTF app of your own: one tenant on Azure, in a network and with a vault that exist, and no topology file. */
import { AzurermProvider } from '@cdktf/provider-azurerm/lib/provider/index.js';
import { UserAssignedIdentity } from '@cdktf/provider-azurerm/lib/user-assigned-identity/index.js';
import { App, LocalBackend, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

// In your app: from 'copilot-runtimes/constructs/azure'.
import {
  PrivateName,
  RandomProvider,
  Runtime,
  RuntimeSecrets,
  SessionStorage,
} from '../../../constructs/azure/index.js';

const GROUP = '/subscriptions/00000000-0000-4000-8000-000000000000/resourceGroups/copilot';
const NETWORK = `${GROUP}/providers/Microsoft.Network`;
const subnetId = `${NETWORK}/virtualNetworks/hub/subnets/copilot`;
const place = { resourceGroupName: 'copilot', location: 'westeurope' };

class OwnStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new LocalBackend(this, { path: '../../../terraform.tfstate' });
    // Write-only arguments, which keep secrets out of the state.
    this.addOverride('terraform.required_version', '>= 1.11');
    new AzurermProvider(this, 'azurerm', { features: [{ storage: [{ dataPlaneAvailable: false }] }] });
    new RandomProvider(this, 'random');

    const identity = new UserAssignedIdentity(this, 'Identity', { ...place, name: 'copilot-acme' });
    const secrets = new RuntimeSecrets(this, 'Secrets', {
      keyVaultId: `${GROUP}/providers/Microsoft.KeyVault/vaults/acme`,
      secrets: {
        token: {
          name: 'acme-token',
          value: { kind: 'generated', revision: 1 },
          readers: { runtime: identity.principalId },
        },
      },
    });
    const name = new PrivateName(this, 'Name', {
      zoneId: `${NETWORK}/privateDnsZones/copilot.internal`,
      name: 'acme',
      principalId: identity.principalId,
    });
    const storage = new SessionStorage(this, 'Storage', {
      ...place,
      name: 'acmecopilotsessions',
      subnetIds: [subnetId],
      lock: { kind: 'CanNotDelete' },
    });
    const share = storage.addShare('acme', { name: 'acme', sizeGiB: 10 });
    const { resource } = new Runtime(
      this,
      'Runtime',
      {
        ...place,
        name: 'acme',
        subnetId,
        image: `registry.example.com/copilot-runtimes@sha256:${'0'.repeat(64)}`,
        env: { GITHUB_COPILOT_INTEGRATION_ID: 'acme-assistant' },
        managedIdentities: { userAssignedResourceIds: [identity.id] },
        clientId: identity.clientId,
        keyVault: { uri: 'https://acme.vault.azure.net/', connectionToken: 'acme-token' },
        dnsRecordId: name.recordId,
        share: {
          name: 'acme',
          storageAccountName: 'acmecopilotsessions',
          storageAccountKey: storage.resource.primaryAccessKey,
        },
      },
      [...secrets.ready, ...name.ready, share],
    );
    // The way out to what the constructs do not know.
    resource.zones = ['1'];
  }
}

const app = new App();
new OwnStack(app, 'own-app');
app.synth();
