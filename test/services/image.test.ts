import { readFileSync, statSync } from 'node:fs';

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

  it('has what is started without arguments, with the flags of the image', () => {
    const file = new URL(`../../services${IMAGE.terminalSessionKeeper.replace('/app', '')}`, import.meta.url);
    const [shebang, ...script] = readFileSync(file, 'utf8').split('\n');
    const program = IMAGE.sessionKeeper.replace('main.js', 'terminal.js');
    expect(shebang).toBe('#!/bin/sh');
    expect(script).toContain(['exec node', ...HOST_NODE_FLAGS, program].join(' '));
    expect(statSync(file).mode & 0o111).toBe(0o111);
    expect(instruction('COPY')).toContain('--chmod=0755 services/bin ./bin');
    expect(readFileSync(new URL('../../.dockerignore', import.meta.url), 'utf8')).toMatch(
      /^!services\/bin$/m,
    );
  });

  it('runs as the user that pods run as', () => {
    expect(instruction('USER')).toEqual([`${CONTAINER.uid}:${CONTAINER.uid}`]);
    expect(instruction('EXPOSE')).toEqual([`4321 ${HOST_PORTS.health}`]);
  });
});
