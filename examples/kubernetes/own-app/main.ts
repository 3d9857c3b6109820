/** A CDKTF app of your own: three constructs, no topology file. */
import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider/index.js';
import { App, LocalBackend, TerraformStack } from 'cdktf';
import type { Construct } from 'constructs';

// In your app: from 'copilot-runtimes/constructs/kubernetes'.
import {
  RandomProvider,
  Runtime,
  RuntimePool,
  TenantEnvelope,
} from '../../../constructs/kubernetes/index.js';

const IMAGE = `registry.example.com/copilot-runtimes@sha256:${'0'.repeat(64)}`;
const env = { GITHUB_COPILOT_INTEGRATION_ID: 'acme-assistant' };

class OwnStack extends TerraformStack {
  constructor(scope: Construct, id: string) {
    super(scope, id);
    new LocalBackend(this, { path: '../../../terraform.tfstate' });
    // Write-only arguments, which keep secrets out of the state.
    this.addOverride('terraform.required_version', '>= 1.11');
    new KubernetesProvider(this, 'kubernetes', { configPath: '~/.kube/config' });
    new RandomProvider(this, 'random');

    // One tenant with a runtime of its own.
    const acme = new TenantEnvelope(this, 'Acme', {
      namespace: 'copilot-acme',
      clients: [{ namespace: 'acme-app', serviceAccount: 'backend' }],
      readableSecrets: ['runtime-connection-token'],
    });
    new Runtime(
      this,
      'AcmeRuntime',
      {
        namespace: 'copilot-acme',
        image: IMAGE,
        env,
        githubToken: { variable: 'github_token' }, // TF_VAR_github_token
        memoryMiB: 1024,
      },
      acme.ready,
    );

    // Two runtimes for everybody else.
    const replica = { namespace: 'copilot-pool', image: IMAGE, env };
    new RuntimePool(this, 'Pool', {
      envelope: { namespace: 'copilot-pool', quotaCpu: '2' },
      replicas: { 0: replica, 1: replica },
    });
  }
}

const app = new App();
new OwnStack(app, 'own-app');
app.synth();
