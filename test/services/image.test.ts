import { readFileSync } from 'node:fs';

import { describe, expect, it } from '@jest/globals';

import { CONTAINER, HOST_NODE_FLAGS, HOST_PORTS, IMAGE } from '../../topology/host-contract.js';

const dockerfile = readFileSync(new URL('../../services/Dockerfile', import.meta.url), 'utf8');
const instruction = (name: string) =>
  dockerfile
    .split('\n')
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.slice(name.length + 1));

describe('services/Dockerfile', () => {
  it('starts the runtime host as the code has it, and passes arguments on', () => {
    const [entrypoint] = instruction('ENTRYPOINT');
    expect(JSON.parse(entrypoint ?? '')).toEqual([
      ...IMAGE.init,
      'node',
      ...HOST_NODE_FLAGS,
      IMAGE.runtimeHost,
    ]);
    expect(instruction('CMD')).toEqual([]);
  });

  it('runs as the user that pods run as', () => {
    expect(instruction('USER')).toEqual([`${CONTAINER.uid}:${CONTAINER.uid}`]);
    expect(instruction('EXPOSE')).toEqual([`4321 ${HOST_PORTS.health}`]);
  });
});
