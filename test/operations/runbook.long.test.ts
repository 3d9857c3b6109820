import { copyFileSync, existsSync, readdirSync, readFileSync, utimesSync, writeFileSync } from 'node:fs';
import path from 'node:path';

import { describe, expect, it } from '@jest/globals';

import { backupCommand } from '../../cli/commands/backup.js';
import { planCommand } from '../../cli/commands/plan.js';
import { restoreCommand } from '../../cli/commands/restore.js';
import { rolloutCommand } from '../../cli/commands/rollout.js';
import { sessionsCommand } from '../../cli/commands/sessions.js';
import { smokeCommand } from '../../cli/commands/smoke.js';
import { statusCommand } from '../../cli/commands/status.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { CliRun } from '../support/cli.js';
import { ask, clientOf, sessionConfig } from '../support/runtime-client.js';

import { commandsOf, Runbook } from './runbook-commands.js';

const COMMANDS = [
  backupCommand(),
  planCommand(),
  restoreCommand(),
  rolloutCommand(),
  sessionsCommand(),
  smokeCommand(),
  statusCommand(),
];

/** What is wrong with the commands in a text. */
function mistakes(text: string): string[] {
  const lines = [...text.matchAll(/copilot-runtimes ([a-z-]+)([^\n`#|]*)/g)];
  return lines.flatMap(([line, name, rest = '']) => {
    const command = COMMANDS.find((one) => one.name() === name);
    if (!command) return [`${line.trim()}: no such command`];
    const flags: readonly string[] = rest.match(/--[a-z-]+/g) ?? [];
    const known = command.options.map(({ long }) => long);
    const unknown = flags.filter((flag) => !known.includes(flag)).map((flag) => `${line.trim()}: no ${flag}`);
    const required = command.options.filter(({ mandatory }) => mandatory).map(({ long }) => long!);
    // In a sentence a command may be only named.
    const missing = flags.includes('--manifest') ? required.filter((flag) => !flags.includes(flag)) : [];
    return [...unknown, ...missing.map((flag) => `${line.trim()}: lacks ${flag}`)];
  });
}

const PAGES = ['README.md', 'docs/operations.md', 'docs/local.md'];

/** What needs more than this machine, or minutes: the test that runs it, and what is to be found there. */
const ELSEWHERE: Readonly<Record<string, readonly [file: string, text: string]>> = {
  'npm ci && npm start': ['.ci/run', '\nnpm start\n'],
  'npx copilot-runtimes up topology.yaml --keep': ['test/cli/up.test.ts', "'--keep'"],
  'npx copilot-runtimes smoke --manifest .copilot-runtimes/demo/manifest.json --report reports': [
    'test/cli/smoke.long.test.ts',
    "'--report'",
  ],
  'copilot-runtimes rollout --manifest manifest.json': ['test/cluster/life.cluster.test.ts', "'rollout'"],
  'copilot-runtimes backup --manifest cdktf.out/prod.manifest.json --tenant acme --out acme.tar.gz': [
    'test/azure/life/sessions.long.test.ts',
    "'backup', '--tenant', 'acme'",
  ],
  'copilot-runtimes restore --manifest cdktf.out/prod.manifest.json --tenant acme --from acme.tar.gz': [
    'test/azure/life/sessions.long.test.ts',
    "'restore', '--tenant', 'acme'",
  ],
  'copilot-runtimes backup --manifest prod.manifest.json --tenant acme --out acme.tar.gz --sessions tenant/acme=./acme':
    ['test/operations/backup-folders.test.ts', "'--sessions'"],
  'copilot-runtimes restore --manifest prod.manifest.json --tenant acme --from acme.tar.gz --sessions tenant/acme=/mnt/acme':
    ['test/operations/backup-folders.test.ts', "'--sessions'"],
  'copilot-runtimes smoke --manifest manifest.json': ['test/cluster/harness/smoke.ts', "'smoke'"],
  'export TOPOLOGY=examples/kubernetes/hybrid.yaml': ['test/judges/examples.ts', 'examples/kubernetes'],
  'npx copilot-runtimes preflight': ['test/cluster/preflight.cluster.test.ts', "'preflight'"],
  "npx cdktf deploy '*'": ['test/cluster/harness/terraform-deployer.ts', "'apply'"],
  'npx copilot-runtimes rollout --manifest cdktf.out/prod.manifest.json': [
    'test/cluster/life.cluster.test.ts',
    "'rollout'",
  ],
  'npx copilot-runtimes smoke --manifest cdktf.out/prod.manifest.json': [
    'test/cluster/harness/smoke.ts',
    "'smoke'",
  ],
};

/** What needs a subscription: the page itself says that nobody has run it. */
const UNTRIED = /^az /;

const MANIFEST = '.copilot-runtimes/demo/manifest.json';
const RUNTIME = 'tenant/acme';

/** The hybrid example under the name that the pages use, kept up. */
async function demo(cwd: string) {
  const example = readFileSync('examples/local/hybrid.yaml', 'utf8').replace('name: hybrid', 'name: demo');
  const up = async () => {
    const run = new CliRun(['up', 'topology.yaml', '--no-smoke', '--keep'], { cwd });
    await run.said('running until Ctrl-C');
    return run;
  };
  const change = (from: string, to: string) => {
    const text = readFileSync(path.join(cwd, 'topology.yaml'), 'utf8');
    expect(text).toContain(from);
    writeFileSync(path.join(cwd, 'topology.yaml'), text.replace(from, to));
  };
  writeFileSync(path.join(cwd, 'topology.yaml'), example);
  const state = path.join(cwd, path.dirname(MANIFEST));
  const sessions = path.join(state, RUNTIME, 'home/session-state');
  return { run: await up(), up, change, state, sessions };
}

/** Two sessions that rest, of which one has expired. */
async function haveSessions(state: string, sessions: string): Promise<void> {
  const client = await clientOf(state, RUNTIME);
  for (const id of ['kept', 'expired']) {
    const session = await client.createSession({ sessionId: id, ...sessionConfig(state, RUNTIME) });
    await ask(session, { reply: 'hello' });
    await session.disconnect();
  }
  const then = Date.now() / 1000 - 200 * 3600;
  for (const name of ['events.jsonl', '.']) utimesSync(path.join(sessions, 'expired', name), then, then);
}

describe('the runbook', () => {
  it('is run, command by command, on a real deployment, and does what it says', async () => {
    const cwd = temporaryDirectory();
    const book = new Runbook(PAGES, cwd);

    const [, topology] = /```yaml\n(.*?)```/s.exec(readFileSync('README.md', 'utf8'))!;
    writeFileSync(path.join(cwd, 'topology.yaml'), topology!);
    const planned = await book.run('npx copilot-runtimes plan topology.yaml');
    expect(planned).toMatchObject({ code: 0, stderr: '' });
    expect(planned.stdout).toMatch(/acme.*globex/s);
    // It "writes nothing".
    expect(readdirSync(cwd).sort()).toEqual(['bin', 'topology.yaml']);

    const { run, up, change, state, sessions } = await demo(cwd);
    await haveSessions(state, sessions);
    const counted = await book.run(`copilot-runtimes sessions --manifest ${MANIFEST}`);
    expect(counted.stdout).toMatch(/tenant\/acme +2 +1 +0 +8 d/);
    const tried = await book.run(`copilot-runtimes sessions --manifest ${MANIFEST} --expired --dry-run`);
    expect(tried.stdout).toMatch(/^tenant\/acme {2}expired$/m);
    expect(existsSync(path.join(sessions, 'expired'))).toBe(true);
    const deleted = await book.run(`copilot-runtimes sessions --manifest ${MANIFEST} --expired`);
    expect([counted.code, tried.code, deleted.code]).toEqual([0, 0, 0]);
    expect(readdirSync(sessions)).toEqual(expect.arrayContaining(['kept']));
    expect(existsSync(path.join(sessions, 'expired'))).toBe(false);

    const backup = `copilot-runtimes backup --manifest ${MANIFEST} --tenant acme --out acme.tar.gz`;
    expect(await book.run(backup)).toMatchObject({ code: 0, stderr: '' });
    const client = await clientOf(state, RUNTIME);
    await client.deleteSession('kept');
    const restore = `copilot-runtimes restore --manifest ${MANIFEST} --tenant acme --from acme.tar.gz`;
    expect(await book.run(restore)).toMatchObject({ code: 0, stderr: '' });
    const restored = await client.resumeSession('kept', sessionConfig(state, RUNTIME));
    expect((await restored.getEvents()).filter(({ type }) => type === 'assistant.message')).toHaveLength(1);

    const saved = await Promise.all([
      book.run(`cp ${path.dirname(MANIFEST)}/${RUNTIME}/secrets/connection-token acme.old`),
      book.run(`cp ${path.dirname(MANIFEST)}/gateway/tokens/docs.a docs.old`),
    ]);
    expect(saved.map(({ code }) => code)).toEqual([0, 0]);
    const old = ['acme.old', 'docs.old'].map((name) => readFileSync(path.join(cwd, name), 'utf8'));
    await run.end();
    change('acme: { placement: dedicated', 'acme: { placement: dedicated, connectionTokenRevision: 2');
    change('docs: { placement: pool', 'docs: { placement: pool, gatewayToken: { b: 1 }');
    await up();
    const proof = `copilot-runtimes smoke --manifest ${MANIFEST} --only reachable,old-token-refused --old-token acme=acme.old --old-token docs=docs.old`;
    const proven = await book.run(proof);
    expect(proven.stdout).toMatch(/^✔ old-token-refused +2 ✔$/m);
    expect(proven).toMatchObject({ code: 0, stderr: '' });
    expect(old.filter((token) => proven.stdout.includes(token))).toEqual([]);
    expect(await book.run('rm acme.old docs.old')).toMatchObject({ code: 0 });

    copyFileSync(path.join(cwd, MANIFEST), path.join(cwd, 'manifest.json'));
    change('integrationId: acme-assistant', 'binary: cli\n  integrationId: acme-assistant');
    const upgrade = await book.run('copilot-runtimes plan topology.yaml --against manifest.json');
    expect(upgrade.stdout).toMatch(/upgrade binary native → cli: .*homes stay \(.*tenant\/acme/);
    expect(upgrade).toMatchObject({ code: 0, stderr: '' });

    expect(book.left.filter((command) => !(command in ELSEWHERE) && !UNTRIED.test(command))).toEqual([]);
  });

  it('leaves to other tests what is still in it, and what they run', () => {
    const there = PAGES.flatMap((page) => commandsOf(readFileSync(page, 'utf8')));
    expect(Object.keys(ELSEWHERE).filter((command) => !there.includes(command))).toEqual([]);
    const idle = Object.values(ELSEWHERE).filter(
      ([file, text]) => !readFileSync(file, 'utf8').includes(text),
    );
    expect(idle).toEqual([]);
  });

  it('has only commands and options that there are', () => {
    const text = readFileSync('docs/operations.md', 'utf8');
    expect(text.match(/^copilot-runtimes /gm)!.length).toBeGreaterThan(4);
    expect(mistakes(text)).toEqual([]);
  });

  it('is held against the commands', () => {
    expect(mistakes('copilot-runtimes tidy --manifest m')).toEqual([
      'copilot-runtimes tidy --manifest m: no such command',
    ]);
    expect(mistakes('copilot-runtimes status --why')).toEqual(['copilot-runtimes status --why: no --why']);
    expect(mistakes('copilot-runtimes restore --manifest m --tenant t')).toEqual([
      'copilot-runtimes restore --manifest m --tenant t: lacks --from',
    ]);
  });

  it('is read without comments, and runs nothing that is not in it', async () => {
    expect(commandsOf('```sh\n# first\ncopilot-runtimes  plan a  # look\n```\n```yaml\nb\n```\n')).toEqual([
      'copilot-runtimes plan a',
    ]);
    const book = new Runbook(['docs/operations.md'], temporaryDirectory());
    await expect(async () => book.run('copilot-runtimes tidy')).rejects.toThrow('no page has this command');
  });
});
