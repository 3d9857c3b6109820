import type { V1Container, V1Pod } from '@kubernetes/client-node';

import { CONTAINER } from '../../topology/index.js';

/** The container that the runtime and its host run in; a mesh may have put others beside it. */
export function runtimeContainer({ spec }: V1Pod): V1Container | undefined {
  return spec?.containers.find(({ name }) => name === CONTAINER.name);
}
