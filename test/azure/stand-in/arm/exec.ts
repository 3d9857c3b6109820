import { AzureError, jsonBody, type Answer, type AzureRequest } from '../exchange.js';

import type { GroupProperties } from './container-groups/model.js';
import type { Azure } from './kind.js';
import { same } from './resource-id.js';

const EXEC = /^(.+\/containerGroups\/[^/]+)\/containers\/([^/]+)\/exec$/i;

/** `POST …/containers/<name>/exec`: where a terminal with a program is to be had, and what opens it. */
export function answerExec(request: AzureRequest, { store, groups }: Azure): Answer {
  const [, id = '', name = ''] = EXEC.exec(request.path.replace(/\/+$/, '')) ?? [];
  const group = store.get(id);
  const containers = (group?.body.properties as GroupProperties | undefined)?.containers ?? [];
  const container = containers.find((one) => same(one.name, name));
  if (!group || !container)
    throw new AzureError(404, 'ResourceNotFound', `The Resource '${id}/containers/${name}' was not found.`);
  const { command } = jsonBody(request);
  if (typeof command !== 'string' || command === '')
    throw new AzureError(400, 'InvalidRequestContent', 'The command is required.');
  const access = groups.exec(group, container.name, command);
  if (access) return { status: 200, body: access };
  throw new AzureError(
    409,
    'ContainerNotRunning',
    `The container '${name}' in container group '${group.name}' is not running.`,
  );
}
