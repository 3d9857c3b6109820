import { readFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';

import {
  ApiextensionsV1Api,
  CustomObjectsApi,
  type V1CustomResourceDefinition,
} from '@kubernetes/client-node';
import { parse } from 'yaml';

import { waitFor } from '../../support/wait.js';
import { command } from '../node/command.js';

import { found, type Environment } from './environment.js';

const OPERATOR = 'github.com/prometheus-operator/prometheus-operator@v0.85.0';
const FILE = 'example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml';

/** The definition of PodMonitors as the Prometheus operator ships it, unless the cluster has one already. */
export class PodMonitorDefinition {
  readonly #api: ApiextensionsV1Api;
  #installed = false;

  private constructor(
    { cluster }: Environment,
    readonly name: string,
  ) {
    this.#api = cluster.config.makeApiClient(ApiextensionsV1Api);
  }

  /** Makes it known to the cluster, which is done when it serves PodMonitors. */
  static async install(environment: Environment): Promise<PodMonitorDefinition> {
    // Outside of any module, so that none of its own requirements are looked up.
    const module = await command('go', ['mod', 'download', '-json', OPERATOR], { cwd: os.tmpdir() });
    const { Dir } = JSON.parse(module) as { Dir: string };
    const body = parse(await readFile(path.join(Dir, FILE), 'utf8')) as V1CustomResourceDefinition;
    const definition = new PodMonitorDefinition(environment, body.metadata!.name!);
    if (await definition.#served()) return definition;
    // Not by the client's own kind, which leaves out the fields of a schema that begin with x-kubernetes.
    await environment.cluster.config.makeApiClient(CustomObjectsApi).createClusterCustomObject({
      group: 'apiextensions.k8s.io',
      version: 'v1',
      plural: 'customresourcedefinitions',
      body,
    });
    definition.#installed = true;
    await waitFor('PodMonitors to be served', () => definition.#served());
    return definition;
  }

  /** Deletes it, and with it every PodMonitor, if it was not there before. */
  async remove(): Promise<void> {
    if (this.#installed) await this.#api.deleteCustomResourceDefinition({ name: this.name });
  }

  async #served(): Promise<boolean> {
    const live = await found(this.#api.readCustomResourceDefinition({ name: this.name }));
    return (
      live?.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ??
      false
    );
  }
}
