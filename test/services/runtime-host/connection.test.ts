import { describe, expect, it } from '@jest/globals';
import { resolveBinary } from '../../../services/runtime-host/binary.js';
import { HOST_ENV } from '../../../topology/host-contract.js';
import { waitFor } from '../../support/wait.js';
import { afterHosts, fakeRuntime, isRunning, TestHost } from './host.js';

/** The native runtime behind a port of this script, which cuts all connections on SIGUSR2. */
const DETOUR = `
const { spawn } = require('node:child_process');
const { connect, createServer } = require('node:net');
const runtime = spawn(${JSON.stringify(resolveBinary('native', []))}, process.argv.slice(2), { stdio: ['ignore', 'pipe', 'inherit'] });
console.log('the real runtime has pid ' + runtime.pid);
process.on('SIGTERM', () => runtime.kill('SIGTERM'));
runtime.on('exit', (code) => process.exit(code ?? 1));
runtime.stdout.setEncoding('utf8').on('data', (text) => {
  const port = Number(/listening on port (\\d+)/.exec(text)[1]);
  const sockets = [];
  let cuts = 0;
  process.on('SIGUSR2', () => {
    for (const socket of sockets.splice(0)) socket.destroy();
    console.log('cut ' + ++cuts);
  });
  const server = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    for (const socket of [near, far]) sockets.push(socket.on('error', () => undefined));
    near.pipe(far).pipe(near);
    console.log('taken');
  });
  server.listen(0, '127.0.0.1', () => console.log('CLI server listening on port ' + server.address().port));
});`;

describe('the connections to the runtime', () => {
  it('are two, for probes and for what happens in it, and are made again when they are lost', async () => {
    const host = new TestHost({ env: { [HOST_ENV.binary]: fakeRuntime(DETOUR) } });
    afterHosts(() => {
      const pid = Number(/real runtime has pid (\d+)/.exec(host.output)?.[1]);
      if (isRunning(pid)) process.kill(pid, 'SIGKILL');
    });
    await host.message('ready');
    const probes = () => Promise.all([host.get('/readyz'), host.get('/livez'), host.get('/livez')]);
    const taken = () => host.output.split('"taken"').length - 1;
    await probes();
    expect(taken()).toBe(2);
    for (let time = 1; time <= 3; time++) {
      process.kill(host.listening.runtimePid, 'SIGUSR2');
      await host.said(`cut ${time}`);
      expect((await probes()).map(({ status }) => status)).toEqual([200, 200, 200]);
      await waitFor('both connections', () => taken() === 2 + 2 * time);
    }
    host.signal('SIGTERM');
    await expect(host.exited).resolves.toEqual({ code: 0, signal: null });
  });
});
