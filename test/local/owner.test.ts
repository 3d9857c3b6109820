import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { takeOwnership } from '../../local/owner.js';
import { startMark } from '../../local/processes.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';
import { waitFor } from '../support/wait.js';

/** A process id that nobody has: beyond the largest that Linux gives. */
const NOBODY = 2 ** 22 + 1;

function directoryOwnedBy(text: string): { directory: string; file: string } {
  const directory = temporaryDirectory();
  const file = path.join(directory, 'owner.json');
  writeFileSync(file, text);
  return { directory, file };
}

describe('the owner of a state directory', () => {
  it('keeps others out, who are told who holds it', async () => {
    const directory = temporaryDirectory();
    const file = path.join(directory, 'owner.json');
    const release = await takeOwnership(directory, 'prod.yaml');
    const mine = readFileSync(file, 'utf8');
    const { since } = JSON.parse(mine) as { since: string };
    await expect(takeOwnership(directory, 'other.yaml')).rejects.toThrow(
      `${directory} is in use by process ${process.pid} (prod.yaml, since ${since}): stop that run with Ctrl-C or "kill ${process.pid}", or use another --state`,
    );
    expect(readFileSync(file, 'utf8')).toBe(mine);
    await release();
    expect(readdirSync(directory)).toEqual([]);
    await expect(takeOwnership(directory, 'other.yaml')).resolves.toBeDefined();
  });

  it.each([
    ['whose process is gone', JSON.stringify({ pid: NOBODY, mark: '1', since: 'then', topology: 'x' })],
    [
      'whose process id another process has',
      JSON.stringify({ pid: 1, mark: '-1', since: 'then', topology: 'x' }),
    ],
    ['that is only half written', '{"pid":'],
    ['that is empty', ''],
  ])('takes over from a file %s', async (_, text) => {
    const { directory, file } = directoryOwnedBy(text);
    const release = await takeOwnership(directory, 'prod.yaml');
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({
      pid: process.pid,
      mark: await startMark(process.pid),
      topology: 'prod.yaml',
    });
    expect(readdirSync(directory)).toEqual(['owner.json']);
    await release();
    expect(existsSync(file)).toBe(false);
  });

  it('fails, and does not look for ever, when the file cannot be read', async () => {
    const directory = temporaryDirectory();
    mkdirSync(path.join(directory, 'owner.json'));
    await expect(takeOwnership(directory, 'prod.yaml')).rejects.toThrow(
      /^cannot write .*owner\.json \(EISDIR\)/,
    );
    expect(readdirSync(directory)).toEqual(['owner.json']);
  });

  it('is one of many that try at the same time, also when all find a stale file', async () => {
    const { directory } = directoryOwnedBy('stale');
    const module = pathToFileURL(path.resolve('dist/local/owner.js')).href;
    const script = path.join(temporaryDirectory(), 'take.mjs');
    writeFileSync(
      script,
      `import { takeOwnership } from ${JSON.stringify(module)};
       process.stdin.once('data', () =>
         takeOwnership(${JSON.stringify(directory)}, 'race').then(() => console.log('held'), () => console.log('refused')));
       process.stdin.once('end', () => process.exit());
       console.log('there');`,
    );
    const said: string[] = ['', '', '', '', ''];
    const racers = said.map((_, at) => {
      const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
      child.stdout.setEncoding('utf8').on('data', (text: string) => (said[at] += text));
      afterTest(() => child.stdin.end());
      return child;
    });
    await waitFor('all to be there', () => said.every((text) => text.includes('there')));
    for (const racer of racers) racer.stdin.write('go\n');
    await waitFor('all to have tried', () => said.every((text) => /held|refused/.test(text)));
    expect(said.filter((text) => text.includes('held'))).toHaveLength(1);
  });
});
