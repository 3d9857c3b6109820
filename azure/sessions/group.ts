import { CONTAINER, type ManifestRuntime } from '../../topology/index.js';
import { API_VERSIONS } from '../api-versions.js';
import type { Arm } from '../arm.js';
import { AzureError } from '../errors.js';
import type { Group } from '../group.js';

/** A runtime of a manifest for Azure. */
export interface PlacedRuntime {
  readonly runtime: string;
  /** Resource id of its container group. */
  readonly group: string;
  /** That the runtime listens on. */
  readonly port: number;
}

/** @throws {AzureError} for a manifest of another platform */
export function placedRuntime(
  runtime: string,
  { endpoint, expect }: Pick<ManifestRuntime, 'endpoint' | 'expect'>,
): PlacedRuntime {
  if (endpoint.kind === 'dns' && expect.group) {
    return { runtime, group: expect.group.id, port: endpoint.port };
  }
  throw new AzureError(`${runtime} is no container group: its endpoint is ${endpoint.kind}`);
}

/**
 * Sees that the container of a runtime runs. It need not be ready: what is on a full share is wanted too.
 *
 * @throws {AzureError} when it does not
 */
export async function expectRunning(arm: Arm, { runtime, group: id }: PlacedRuntime): Promise<void> {
  const group = await arm.find<Group>(id, { apiVersion: API_VERSIONS.containerInstance });
  const why = '"copilot-runtimes status --explain" tells why';
  if (!group) throw new AzureError(`there is no container group of ${runtime} (${id}): ${why}`);
  const container = group.properties.containers.find(({ name }) => name === CONTAINER.name);
  const { state, detailStatus } = container?.properties.instanceView?.currentState ?? {};
  if (group.properties.instanceView?.state !== 'Stopped' && state === 'Running') return;
  const seen = [group.properties.instanceView?.state, detailStatus].filter(Boolean).join(', ');
  throw new AzureError(
    `the container group of ${runtime} does not run (${seen || state || 'it has no container'}): ${why}`,
  );
}
