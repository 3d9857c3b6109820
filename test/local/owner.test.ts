import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';

import { describe, expect, it } from '@jest/globals';

import { takeOwnership } from '../../local/owner.js';
import { startMark } from '../../local/processes.js';
import { afterTest, temporaryDirectory } from '../support/cleanup.js';

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
    const directory = temporaryDirectory();
    const module = pathToFileURL(path.resolve('dist/local/owner.js')).href;
    const script = path.join(temporaryDirectory(), 'take.mjs');
    writeFileSync(
      script,
      `import { takeOwnership } from ${JSON.stringify(module)};
       let release = async () => undefined;
       process.stdin.on('data', async (told) => {
         if (String(told) === 'free') await release();
         const taking = String(told) === 'take' ? takeOwnership(${JSON.stringify(directory)}, 'race') : undefined;
         console.log(await taking?.then((free) => ((release = free), 'held'), () => 'refused') ?? 'there');
       });
       process.stdin.once('end', () => process.exit());`,
    );
    const racers = Array.from({ length: 5 }, () => {
      const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
      afterTest(() => child.stdin.end());
      return child;
    });
    const tell = (told: string) =>
      Promise.all(
        racers.map(async ({ stdin, stdout }) => {
          stdin.write(told);
          const [said] = (await once(stdout, 'data')) as [Buffer];
          return String(said).trim();
        }),
      );
    await tell('begin');
    // One that is lucky says nothing yet.
    for (let round = 0; round < 30; round++) {
      writeFileSync(path.join(directory, 'owner.json'), 'stale');
      expect((await tell('take')).toSorted()).toEqual(['held', ...Array<string>(4).fill('refused')]);
      await tell('free');
    }
  });
});
