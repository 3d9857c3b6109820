import { DeploymentV1 } from '@cdktf/provider-kubernetes/lib/deployment-v1/index.js';
import { NetworkPolicyV1 } from '@cdktf/provider-kubernetes/lib/network-policy-v1/index.js';
import type { PersistentVolumeClaimV1 } from '@cdktf/provider-kubernetes/lib/persistent-volume-claim-v1/index.js';
import { ServiceV1 } from '@cdktf/provider-kubernetes/lib/service-v1/index.js';
import type { ITerraformDependable } from 'cdktf';
import { Construct } from 'constructs';

import { SECRET_FILES } from '../../topology/host-contract.js';

import { MANAGED_BY, selectorLabels } from '../../topology/labels.js';
import { claimName } from '../../topology/names.js';
import { digits, isKnown, validateProps } from '../common/validation.js';
import { runtimeEgress } from './network.js';
import { podTemplate, type SecretFile } from './pod-template.js';
import { RUNTIME_RULES, type RuntimeProps } from './runtime-props.js';
import { RuntimeSecret } from './secrets.js';
import { stateVolume } from './state-volume.js';

/**
 * One Copilot runtime with its host: Deployment of 1, Service, Secrets, volume and egress policy. Dedicated runtimes
 * and replicas of a pool are both this.
 *
 * Names are literal and order is by `dependsOn`: no attribute of one resource stands in another.
 *
 * @throws {PropsError} with every mistake in the props
 */
export class Runtime extends Construct {
  /** Name of Deployment and Service. */
  readonly name: string;
  /** Labels that select the pod. */
  readonly selector: Readonly<Record<string, string>>;
  /** Name of the Secret with the connection token; its key is `connection-token`. */
  readonly connectionTokenSecret: string;
  /** That Secret; undefined when retired. */
  readonly connectionToken?: ITerraformDependable;
  /** Undefined with a shared claim. */
  readonly volume?: PersistentVolumeClaimV1;
  /** Undefined when retired. */
  readonly deployment?: DeploymentV1;

  /** @param after what must exist before: the namespace and what guards it */
  constructor(
    scope: Construct,
    id: string,
    props: RuntimeProps,
    after: readonly ITerraformDependable[] = [],
  ) {
    super(scope, id);
    validateProps(this.node.path, props, RUNTIME_RULES);
    this.name = props.name ?? 'runtime';
    this.selector = selectorLabels(this.name);
    this.connectionTokenSecret = `${this.name}-${SECRET_FILES.connectionToken}`;
    const labels = { ...props.labels, ...this.selector, ...MANAGED_BY };
    const metadata = (name: string) => ({ namespace: props.namespace, name, labels });

    const claim = props.sharedClaimName ?? claimName({}, this.name);
    if (props.sharedClaimName === undefined) {
      this.volume = stateVolume(
        this,
        'Volume',
        { ...props, name: claim, labels, accessMode: props.accessMode ?? 'ReadWriteOncePod' },
        after,
      );
    }
    if (props.state === 'retired') return;

    const secrets = this.secrets(props, labels, after);
    this.connectionToken = secrets.resources[0]!;
    const egress = new NetworkPolicyV1(this, 'Egress', {
      metadata: metadata(`${this.name}-egress`),
      spec: {
        podSelector: { matchLabels: { ...this.selector } },
        policyTypes: ['Egress'],
        egress: runtimeEgress({
          ...(props.egress && { destinations: props.egress }),
          ...(props.apiServerCidrs && { apiServerCidrs: props.apiServerCidrs }),
          ...(props.dnsCidrs && { dnsCidrs: props.dnsCidrs }),
        }),
      },
      dependsOn: [...after],
    });
    // The old pod may take its grace period to go; only then does the new one start.
    const grace = isKnown(props.terminationGracePeriodSeconds) ? props.terminationGracePeriodSeconds : 60;
    const rollout = props.timeouts?.rollout ?? `${grace + 180}s`;
    this.deployment = new DeploymentV1(this, 'Resource', {
      metadata: metadata(this.name),
      spec: {
        replicas: props.state === 'suspended' ? '0' : '1',
        // The new pod must not start before the old one has let go of the volume.
        strategy: { type: 'Recreate' },
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: grace + 150,
        selector: { matchLabels: { ...this.selector } },
        template: podTemplate({
          props,
          selector: this.selector,
          labels,
          claimName: claim,
          serviceAccountName: props.serviceAccountName ?? 'runtime',
          secrets: secrets.files,
        }),
      },
      waitForRollout: props.waitForRollout ?? true,
      timeouts: { create: rollout, update: rollout, delete: `${grace + 600}s` },
      dependsOn: [...after, egress, ...secrets.resources, ...(this.volume ? [this.volume] : [])],
    });
    new ServiceV1(this, 'Service', {
      metadata: metadata(this.name),
      spec: {
        selector: { ...this.selector },
        port: [
          {
            name: 'copilot',
            port: props.port ?? 4321,
            targetPort: digits(props.port ?? 4321),
            protocol: 'TCP',
          },
        ],
      },
      dependsOn: [...after],
    });
  }

  private secrets(
    props: RuntimeProps,
    labels: Readonly<Record<string, string>>,
    after: readonly ITerraformDependable[],
  ): { files: SecretFile[]; resources: ITerraformDependable[] } {
    const { namespace, githubToken, providerKey } = props;
    const common = { namespace, labels, dependsOn: [...after] };
    const token = new RuntimeSecret(this, 'ConnectionToken', {
      ...common,
      name: this.connectionTokenSecret,
      key: SECRET_FILES.connectionToken,
      value: { kind: 'generated', revision: props.connectionTokenRevision ?? 1 },
    });
    const files: SecretFile[] = [
      {
        secretName: this.connectionTokenSecret,
        key: SECRET_FILES.connectionToken,
        file: SECRET_FILES.connectionToken,
      },
    ];
    const resources: ITerraformDependable[] = [token.resource];

    const fromVariable = (id: string, file: SecretFile['file'], variable: string, revision = 1) => {
      const name = `${this.name}-${file}`;
      const secret = new RuntimeSecret(this, id, {
        ...common,
        name,
        key: file,
        value: { kind: 'variable', variable, revision },
      });
      resources.push(secret.resource);
      return { secretName: name, key: file, file };
    };
    if (githubToken?.variable !== undefined) {
      files.push(
        fromVariable('GitHubToken', SECRET_FILES.githubToken, githubToken.variable, githubToken.revision),
      );
    } else if (githubToken?.existingSecret) {
      const { name, key } = githubToken.existingSecret;
      files.push({ secretName: name, key, file: SECRET_FILES.githubToken });
    }
    // Clients pass the provider's key with each session: it is kept here and not mounted.
    if (providerKey) {
      fromVariable('ProviderKey', SECRET_FILES.providerKey, providerKey.variable, providerKey.revision);
    }
    return { files, resources };
  }
}
