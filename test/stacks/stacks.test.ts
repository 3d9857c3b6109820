import { execFile, execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

import { describe, expect, it } from '@jest/globals';
import { Fn, TerraformStack, TerraformVariable, Token } from 'cdktf';
import fc from 'fast-check';

import { resolvePlain, resolvePlainValuesQuickly } from '../../stacks/cdktf-resolve.js';
import { skipStackTraces } from '../../stacks/cdktf-speed.js';
import { refuseDestroy } from '../../stacks/destroy-guard.js';
import { buildKubernetesStacks } from '../../stacks/kubernetes-stack.js';
import { synthesize } from '../../stacks/synth.js';
import { manifestOf, parseManifest, type Plan } from '../../topology/index.js';
import { jsonSchema, alternatives, resolveRef, type JsonSchema } from '../../topology/json-schema.js';
import {
  all,
  EXAMPLES,
  IMAGE,
  newApp,
  only,
  plan,
  strings,
  synth,
  synthPlan,
  topology,
  type Json,
  type TerraformJson,
} from '../constructs/kubernetes/support.js';
import { temporaryDirectory } from '../support/cleanup.js';
import { cliEnvironment } from '../support/cli.js';
import { contents } from '../support/files.js';
import { terraformWith } from '../support/terraform.js';

/** As it is before anything here replaces it. */
const { resolve: cdktfResolve } = createRequire(import.meta.url)('cdktf/lib/_tokens') as {
  resolve: (scope: unknown, value: unknown) => unknown;
};

const run = promisify(execFile);
const MAIN = path.resolve('dist/stacks/main.js');

const HYBRID = topology('hybrid', {
  tenants: {
    acme: { placement: 'dedicated', clients: [{ namespace: 'app', serviceAccount: 'backend' }] },
    globex: { placement: 'dedicated', cell: 'c02' },
    docs: { placement: 'pool' },
  },
});
const settings = (kubernetes: Json) => topology('isolated', { kubernetes });
const first = (input: Json): TerraformJson => Object.values(synthPlan(plan(input).plan))[1]!;

describe('stacks', () => {
  it('are one of what is shared, and one per cell', () => {
    const stacks = synthPlan(plan(HYBRID).plan);
    expect(Object.entries(stacks).map(([name, stack]) => [name, all(stack, 'deployment').length])).toEqual([
      // Two replicas and the gateway before them.
      ['prod-base', 3],
      ['prod-c01', 1],
      ['prod-c02', 1],
    ]);
  });

  it('name Terraform and its providers in full', () => {
    for (const stack of Object.values(synthPlan(plan(HYBRID).plan))) {
      expect(stack.terraform.required_version).toBe('>= 1.11');
      expect(stack.terraform.required_providers).toEqual({
        kubernetes: { source: 'hashicorp/kubernetes', version: '2.38.0' },
        random: { source: 'hashicorp/random', version: '~> 3.7' },
      });
    }
  });

  it('are not for this machine', async () => {
    const input = topology('isolated', { platform: 'local', runtime: { integrationId: 'a' } });
    await expect(synthesize(plan(input).plan, temporaryDirectory())).rejects.toThrow(
      'prod platform is local, which needs no stacks: start it with "copilot-runtimes up"',
    );
  });

  it.each<[string, Json, (name: string) => Json]>([
    ['local', undefined, (name) => ({ path: `../../../terraform-state/${name}.tfstate` })],
    ['local', { type: 'local', directory: '/srv/state' }, (name) => ({ path: `/srv/state/${name}.tfstate` })],
    [
      'azurerm',
      { type: 'azurerm', resourceGroup: 'g', storageAccount: 'a', container: 'c' },
      (name) => ({
        resource_group_name: 'g',
        storage_account_name: 'a',
        container_name: 'c',
        key: `${name}.tfstate`,
        use_azuread_auth: true,
      }),
    ],
    [
      's3',
      { type: 's3', bucket: 'b', region: 'r', prefix: 'p/' },
      (name) => ({ bucket: 'b', region: 'r', key: `p/${name}.tfstate`, encrypt: true, use_lockfile: true }),
    ],
    ['gcs', { type: 'gcs', bucket: 'b' }, (name) => ({ bucket: 'b', prefix: name })],
  ])('keep their state apart in backend %s %j', (type, backend, expected) => {
    const input = { ...HYBRID, kubernetes: backend && { backend } };
    for (const [name, stack] of Object.entries(synthPlan(plan(input).plan))) {
      expect(stack.terraform.backend).toEqual({ [type]: expected(name) });
    }
  });

  const EXEC = {
    host: 'https://api.example',
    clusterCaCertificate: 'PEM',
    command: 'kubelogin',
    args: ['get-token'],
  };
  it.each<[string, Json, Json]>([
    ['nothing', undefined, {}],
    ['a kubeconfig of the project', { kubeconfig: 'kube/config' }, { config_path: '../../../kube/config' }],
    ['a kubeconfig of the user', { kubeconfig: '~/.kube/config' }, { config_path: '~/.kube/config' }],
    ['an absolute kubeconfig', { kubeconfig: '/etc/kube' }, { config_path: '/etc/kube' }],
    ['a context', { context: 'prod' }, { config_context: 'prod' }],
    ['the cluster around', { inCluster: true }, { config_path: '' }],
    [
      'a plugin',
      { exec: EXEC },
      {
        host: EXEC.host,
        cluster_ca_certificate: 'PEM',
        exec: [
          {
            api_version: 'client.authentication.k8s.io/v1',
            command: 'kubelogin',
            args: ['get-token'],
          },
        ],
      },
    ],
  ])('reach the cluster by %s', (_, provider, expected) => {
    // Exactly one: Terraform refuses a second one without an alias.
    expect(first(settings(provider && { provider })).provider.kubernetes).toEqual([expected]);
  });

  it('refuse another cluster than the one named, and read none otherwise', () => {
    const clusterUid = '6f9619ff-8b86-4d01-b42d-00cf4fc964ff';
    const guard = Object.values<Json>(first(settings({ clusterUid })).data.kubernetes_namespace_v1)[0];
    expect(guard.metadata.name).toBe('kube-system');
    expect(guard.lifecycle.postcondition).toEqual([
      {
        condition: `\${try(self.metadata[0].uid, "") == "${clusterUid}"}`,
        error_message: `this is not the cluster ${clusterUid}: see kubeconfig and context`,
      },
    ]);
    expect(first(topology('isolated')).data).toBeUndefined();
  });

  it('take variables of any name, each once', () => {
    const githubToken = (variable: string) => ({ auth: { githubToken: { variable } } });
    const tenants = Object.fromEntries(
      ['kubernetes', 'random', 'dedicated', 'variables', 'again'].map((name) => [
        name,
        githubToken(name === 'again' ? 'random' : name),
      ]),
    );
    const { variable = {} } = first(topology('isolated', { tenants }));
    expect(Object.keys(variable).sort()).toEqual(['dedicated', 'kubernetes', 'random', 'variables']);
    expect(variable.random).toEqual({
      description: 'Secret value; set TF_VAR_random',
      type: 'string',
      ephemeral: true,
      nullable: false,
      sensitive: true,
      validation: [
        {
          condition: '${length(var.random) > 0}',
          error_message: 'TF_VAR_random is empty: set it to the secret value',
        },
      ],
    });
  });

  it('are what cdktf itself would prepare', () => {
    const [mine, theirs] = [1, 2].map(() => buildKubernetesStacks(newApp(), plan(HYBRID).plan));
    for (const stack of theirs!) TerraformStack.prototype.prepareStack.call(stack);
    expect(theirs!.map(synth)).toEqual(mine!.map(synth));
  });
});

/** Texts that look like numbers or marks of cdktf's, and every kind of secret. */
const SPEAKING = {
  ...HYBRID,
  runtime: { ...HYBRID.runtime, auth: { githubToken: { variable: 'github_token' } } },
  kubernetes: {
    env: { A: '1e5', B: '-1.8881545897087513e+289', C: '${x}', D: '%{x}', E: 'Map Token Value' },
  },
};

describe('output', () => {
  it('is the same byte for byte, wherever it is written and however tenants are ordered', async () => {
    const reordered = { ...HYBRID, tenants: Object.fromEntries(Object.entries(HYBRID.tenants).reverse()) };
    const [one, two] = [HYBRID, reordered].map((input) => ({
      outdir: path.join(temporaryDirectory(), 'below', 'out'),
      plan: plan(input).plan,
    }));
    const manifest = await synthesize(one!.plan, one!.outdir);
    await synthesize(two!.plan, two!.outdir);
    const files = contents(one!.outdir);
    expect(contents(two!.outdir)).toEqual(files);
    expect(Object.keys(files)).toEqual([
      'manifest.json',
      'prod.manifest.json',
      'stacks/prod-base/cdk.tf.json',
      'stacks/prod-c01/cdk.tf.json',
      'stacks/prod-c02/cdk.tf.json',
    ]);
    expect(parseManifest(readFileSync(manifest, 'utf8'))).toEqual(manifestOf(one!.plan));
    for (const text of Object.values(files)) {
      for (const place of [process.cwd(), os.tmpdir(), os.homedir()]) expect(text).not.toContain(`${place}/`);
    }
  });

  it('is the same with the stack traces of cdktf, and when they cannot be skipped', async () => {
    const directory = temporaryDirectory();
    writeFileSync(path.join(directory, 't.json'), JSON.stringify(SPEAKING));
    const moved = path.join(directory, 'moved.cjs');
    writeFileSync(
      moved,
      `const m = require('node:module'); const load = m._load;
       m._load = (name, ...rest) => {
         if (/^cdktf\\/lib\\//.test(name)) { console.log('moved', name); throw new Error(name); }
         return load(name, ...rest);
       };`,
    );
    const outputs = await Promise.all(
      [
        { CDKTF_OUTDIR: 'skipped' } as Record<string, string>,
        { CDKTF_OUTDIR: 'traced', CDKTF_STACK_TRACES: '1' },
        { CDKTF_OUTDIR: 'moved', NODE_OPTIONS: `--require ${moved}` },
      ].map(async (env) => {
        const { stdout } = await run(process.execPath, [MAIN], {
          cwd: directory,
          env: cliEnvironment({ TOPOLOGY: 't.json', ...env }),
        });
        return [stdout, contents(path.join(directory, env.CDKTF_OUTDIR!))] as const;
      }),
    );
    expect(outputs.map(([stdout]) => stdout)).toEqual([
      '',
      '',
      'moved cdktf/lib/tokens/private/stack-trace\nmoved cdktf/lib/_tokens\n',
    ]);
    expect(outputs[1]![1]).toEqual(outputs[0]![1]);
    expect(outputs[2]![1]).toEqual(outputs[0]![1]);
    expect(skipStackTraces({ CDKTF_STACK_TRACES: '1' })).toBe(false);
    expect(skipStackTraces({})).toBe(true);
  }, 120_000);
});

describe('resolving plain values quickly', () => {
  const stack = new TerraformStack(newApp(), 'test');
  const variable = new TerraformVariable(stack, 'v', {});
  const value = fc.letrec<{ value: unknown }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 },
      fc.oneof(fc.string(), fc.integer(), fc.double({ noNaN: true }), fc.boolean(), fc.constant(undefined)),
      fc.constantFrom<unknown>(
        '1e5',
        '-1.8881545897087513e+289',
        'Map Token Value',
        variable.stringValue,
        `a ${variable.stringValue} b`,
        variable.numberValue,
        variable.listValue,
        Fn.join(',', variable.listValue),
        Token.asStringMap({ resolve: () => ({ a: '1' }) }),
        { resolve: () => 'later' },
      ),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(fc.string(), tie('value'), { maxKeys: 3 }),
    ),
  })).value;

  it('comes to what cdktf resolves', () => {
    fc.assert(
      fc.property(value, (each) => {
        const theirs = JSON.stringify(cdktfResolve(stack, each));
        expect(JSON.stringify(resolvePlain(each, (marked) => cdktfResolve(stack, marked)))).toBe(theirs);
      }),
      { numRuns: 500 },
    );
  });

  it('can be kept from it', () => {
    expect(resolvePlainValuesQuickly({ CDKTF_STACK_TRACES: '1' })).toBe(false);
  });
});

describe('text of a topology', () => {
  const TEXTS = ['${file("/etc/hostname")}%{ if true }x%{ endif }', '${file("/etc/hostname")}%{if(true)}'];
  const escaped = (text: string) => text.split('${').join('$${').split('%{').join('%%{');

  /** A hostile text that a value of this schema may have; undefined where its pattern lets none in. */
  function hostile({ format, pattern, enum: values, const: value, minLength, maxLength }: JsonSchema) {
    if (values !== undefined || value !== undefined) return undefined;
    if (format === 'uri') return `https://h/${TEXTS[1]}`;
    return TEXTS.find(
      (text) =>
        (pattern === undefined || new RegExp(pattern, 'u').test(text)) &&
        text.length >= (minLength ?? 0) &&
        text.length <= (maxLength ?? Infinity),
    );
  }

  /** Every place of the JSON Schema where text may be hostile, with the text: `kubernetes.labels.*`, `….<key>`. */
  function freeText(node: JsonSchema | undefined, at = ''): [string, string][] {
    return alternatives(resolveRef(node)).flatMap((option): [string, string][] => {
      const text = option.type === 'string' ? hostile(option) : undefined;
      const { properties = {}, items, additionalProperties } = option;
      const names = (option as { propertyNames?: JsonSchema }).propertyNames;
      const key = names && hostile(resolveRef(names)!);
      return [
        ...(text === undefined ? [] : [[at, text] as [string, string]]),
        ...Object.entries(properties).flatMap(([name, value]) =>
          freeText(value, at === '' ? name : `${at}.${name}`),
        ),
        ...(items ? freeText(items, `${at}[]`) : []),
        ...(typeof additionalProperties === 'object' ? freeText(additionalProperties, `${at}.*`) : []),
        ...(key === undefined ? [] : [[`${at}.<key>`, key] as [string, string]]),
      ];
    });
  }

  const SECRET = { existingSecret: { name: 's' } };
  const PROVIDER = { provider: { baseUrl: 'https://h', model: 'm', apiKey: SECRET } };
  /** What must stand beside a value, by the beginning of its path. */
  const BESIDE: [RegExp, (input: Json) => void][] = [
    [/^kubernetes\.backend\.directory/, ({ kubernetes }) => (kubernetes.backend = { type: 'local' })],
    [
      /^kubernetes\.backend\.(resourceGroup|storageAccount|container)/,
      ({ kubernetes }) =>
        (kubernetes.backend = { type: 'azurerm', resourceGroup: 'g', storageAccount: 'a', container: 'c' }),
    ],
    [
      /^kubernetes\.backend\.(bucket|region|prefix)/,
      ({ kubernetes }) => (kubernetes.backend = { type: 's3', bucket: 'b', region: 'r' }),
    ],
    [
      /^kubernetes\.provider\.exec/,
      ({ kubernetes }) =>
        (kubernetes.provider = {
          exec: { host: 'https://h', clusterCaCertificate: 'c', command: 'c', args: [] },
        }),
    ],
    [
      /^kubernetes\.egress/,
      ({ kubernetes }) => (kubernetes.egress = [{ namespace: 'n', podSelector: {}, port: 1 }]),
    ],
    [
      /^kubernetes\.monitoring/,
      ({ kubernetes }) =>
        (kubernetes.monitoring = { namespace: 'm', podSelector: { app: 'p' }, podMonitor: { labels: {} } }),
    ],
    [/^kubernetes\.tolerations/, ({ kubernetes }) => (kubernetes.tolerations = [{ key: 'k', value: 'v' }])],
    [/^runtime\.auth\.githubToken/, ({ runtime }) => (runtime.auth = { githubToken: SECRET })],
    [/^runtime\.auth\.provider/, ({ runtime }) => (runtime.auth = PROVIDER)],
    [/^tenants\.\*\.auth\.githubToken/, ({ tenants }) => (tenants.acme.auth = { githubToken: SECRET })],
    [/^tenants\.\*\.auth\.provider/, ({ tenants }) => (tenants.acme.auth = PROVIDER)],
    [
      /^runtime\.telemetry\.otlp\.podSelector/,
      ({ runtime }) => (runtime.telemetry = { otlp: { namespace: 'n', podSelector: {}, service: 's' } }),
    ],
    [/^runtime\.caBundle/, ({ runtime }) => (runtime.caBundle = { configMap: 'ca' })],
    [/^pool\.lock/, ({ pool }) => (pool.lock = { redis: { url: 'redis://r', password: SECRET } })],
  ];
  /** Places whose text goes into no stack of Kubernetes: other platforms, and what only clients use. */
  const NOWHERE = /^(azure|cloud)\.|^cells\.\*\.(location|resourceGroup)|^pool\.lock\.|\.file$/;

  function withText(at: string, text: string): Json {
    const input = structuredClone({
      ...topology('hybrid', {
        tenants: {
          acme: { placement: 'dedicated', clients: [{ namespace: 'n', serviceAccount: 's' }] },
          docs: { placement: 'pool' },
        },
        pool: { replicas: 1 },
      }),
      kubernetes: {},
    });
    BESIDE.find(([prefix]) => prefix.test(at))?.[1](input);
    const keys = at
      .replaceAll('[]', '.0')
      .split('.')
      .map((key, index, path) => (key === '*' ? (path[index - 1] === 'tenants' ? 'acme' : 'K') : key));
    const last = keys.pop()!;
    const place = keys.reduce(
      (node, key, index) => (node[key] ??= (keys[index + 1] ?? last) === '0' ? [] : {}),
      input,
    );
    place[last === '<key>' ? text : last] = last === '<key>' ? 'v' : text;
    return input;
  }

  const places = [...new Map(freeText(jsonSchema())).entries()];

  it('is looked for in the whole schema', () => {
    expect(places.map(([at]) => at)).toEqual(
      expect.arrayContaining([
        'runtime.image',
        'runtime.proxy.noProxy[]',
        'runtime.auth.provider.baseUrl',
        'tenants.*.clients[].podSelector.<key>',
        'kubernetes.labels.<key>',
        'kubernetes.env.*',
        'kubernetes.provider.exec.args[]',
        'kubernetes.backend.prefix',
      ]),
    );
  });

  it.each(places.filter(([at]) => !NOWHERE.test(at)))('at %s never becomes a template', (at, text) => {
    const planned = plan(withText(at, text)).plan;
    const stacks = synthPlan(planned);
    const found = [...strings(stacks)]
      .map(([, value]) => value)
      .filter((value) => value.includes('/etc/hostname'));
    expect(found).not.toEqual([]);
    for (const value of found) {
      // In the tenant's slice of the manifest, which is JSON in a string, quotes are escaped as well.
      expect(value.replaceAll('\\"', '"')).toContain(escaped(text));
      expect(value).not.toMatch(/(?<!\$)\$\{|(?<!%)%\{/);
    }
    const manifest = JSON.stringify(manifestOf(planned));
    expect(manifest).not.toMatch(/\$\$\{|%%\{/);
    const verbatim = /provider\.(baseUrl|model)$/.test(at) ? JSON.stringify(text).slice(1, -1) : '';
    expect(manifest).toContain(verbatim);
  });

  it.each(places.filter(([at]) => NOWHERE.test(at)))('at %s is in no stack', (at, text) => {
    const outcome = () => {
      try {
        return JSON.stringify(synthPlan(plan(withText(at, text)).plan));
      } catch (error) {
        // Refused is as good.
        return (error as Error).name;
      }
    };
    expect(outcome()).toMatch(/^(\{|InputError$)/);
    expect(outcome()).not.toContain('/etc/hostname');
  });

  it('in a bucket of Google never becomes a template either', () => {
    const [text] = TEXTS;
    const json = first(settings({ backend: { type: 'gcs', bucket: text, prefix: text } }));
    expect(json.terraform.backend.gcs).toEqual({
      bucket: escaped(text!),
      prefix: `${escaped(text!)}/prod-c01`,
    });
  });

  it.each(['${TfToken[TOKEN.0]}', '#{TfToken[TOKEN.0]}', '&{TfToken[TOKEN.0]}'])(
    'that looks like a token of cdktf is refused: %s',
    (text) => {
      expect(() => first(settings({ env: { A: text } }))).toThrow(
        /must not contain "TfToken\[", by which cdktf marks its own values/,
      );
      expect(() => first(settings({ env: { A: text.replace('TfToken', 'Token') } }))).not.toThrow();
    },
  );
});

describe('destroy guard', () => {
  const planned = (retention: string): Plan => plan({ ...HYBRID, storage: { retention } }).plan;

  it.each<[string, string[], boolean]>([
    ['destroy', ['node', '/app/node_modules/.bin/cdktf', 'destroy'], true],
    ['destroy with options', ['node', 'cdktf.js', '--log-level', 'debug', 'destroy', '--auto-approve'], true],
    ['deploy', ['node', 'cdktf', 'deploy', '*'], false],
    ['deploy of a stack called destroy', ['node', 'cdktf', 'deploy', 'destroy'], false],
    ['synth', ['cdktf', 'synth', '--output', 'destroy'], false],
    ['something that speaks of it', ['sh', '-c', 'echo cdktf destroy'], false],
    ['terraform', ['terraform', 'destroy'], false],
  ])('looks at the command: %s', async (_, command, refused) => {
    const check = (retention: string) =>
      refuseDestroy({ file: 't.yaml', plan: planned(retention) }, Promise.resolve([['init'], command]));
    const said = await check('retain').then(
      () => '',
      (error: Error) => error.message,
    );
    expect(said !== '').toBe(refused);
    await expect(check('delete')).resolves.toBeUndefined();
  });

  it('finds the command above the app', async () => {
    const directory = temporaryDirectory();
    writeFileSync(
      path.join(directory, 'cdktf'),
      `process.exitCode = require('node:child_process').spawnSync(process.execPath, [${JSON.stringify(MAIN)}], { stdio: 'inherit' }).status;`,
    );
    const cdktf = (command: string, retention: string) => {
      writeFileSync(path.join(directory, 't.json'), JSON.stringify({ ...HYBRID, storage: { retention } }));
      return run(process.execPath, ['cdktf', command], {
        cwd: directory,
        env: cliEnvironment({ TOPOLOGY: 't.json' }),
      }).then(
        ({ stderr }) => [0, stderr],
        ({ code, stderr }) => [code, stderr],
      );
    };
    expect(await cdktf('destroy', 'retain')).toEqual([
      2,
      'error t.json storage.retention is retain, so that destroy would stop at the volumes of pool/0, pool/1, tenant/acme, tenant/globex: put tenants under purge one by one, or set retention: delete and deploy that first\n',
    ]);
    expect(await cdktf('deploy', 'retain')).toEqual([0, '']);
    expect(await cdktf('destroy', 'delete')).toEqual([0, '']);
  }, 120_000);

  it('is followed by mistakes in props without a stack trace', async () => {
    const directory = temporaryDirectory();
    const auth = { githubToken: { existingSecret: { name: 'runtime-connection-token' } } };
    const input = topology('isolated', { tenants: { acme: { auth } } });
    writeFileSync(path.join(directory, 't.json'), JSON.stringify(input));
    const failed = run(process.execPath, [MAIN], {
      cwd: directory,
      env: cliEnvironment({ TOPOLOGY: 't.json' }),
    });
    await expect(failed).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringMatching(
        /^error [^\n]* githubToken.existingSecret must not be "runtime-connection-token"[^\n]*\n$/,
      ) as unknown,
    });
  });
});

describe('an app of your own', () => {
  it('uses the constructs without a topology file', async () => {
    const outdir = temporaryDirectory();
    const before = process.env.CDKTF_OUTDIR;
    process.env.CDKTF_OUTDIR = outdir;
    try {
      await import('../../examples/kubernetes/own-app/main.js');
    } finally {
      if (before === undefined) delete process.env.CDKTF_OUTDIR;
      else process.env.CDKTF_OUTDIR = before;
    }
    const json = JSON.parse(
      readFileSync(path.join(outdir, 'stacks/own-app/cdk.tf.json'), 'utf8'),
    ) as TerraformJson;
    expect(all(json, 'deployment').map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
      'copilot-acme/runtime',
      'copilot-pool/runtime-0',
      'copilot-pool/runtime-1',
    ]);
    expect(only(json, 'role').rule[0].resource_names).toEqual(
      all(json, 'secret')
        .map(({ metadata }) => metadata.name)
        .filter((name) => name === 'runtime-connection-token'),
    );
    expect(json.variable).toHaveProperty('github_token');
  });
});

const terraform = terraformWith(first(topology('isolated')).terraform.required_providers, 'no providers');
// A machine without Terraform, or without its registry, still tests everything else.
const maybe = terraform.directory === undefined ? it.skip : it;

describe(`terraform validate (${terraform.reason})`, () => {
  const accepts = (stack: TerraformJson): string => {
    writeFileSync(path.join(terraform.directory!, 'cdk.tf.json'), JSON.stringify(stack));
    return execFileSync('terraform', ['validate', '-no-color'], {
      cwd: terraform.directory,
      encoding: 'utf8',
    });
  };
  const valid = (input: Json) => {
    for (const stack of Object.values(synthPlan(plan(input).plan))) {
      expect(accepts(stack)).toContain('The configuration is valid');
    }
  };

  maybe.each(EXAMPLES)('accepts %s', (file) => {
    const directory = temporaryDirectory();
    mkdirSync(directory, { recursive: true });
    execFileSync(process.execPath, [MAIN], {
      env: cliEnvironment({ TOPOLOGY: file, CDKTF_OUTDIR: directory, CI: 'true' }),
    });
    for (const stack of readdirSync(path.join(directory, 'stacks'))) {
      const text = readFileSync(path.join(directory, 'stacks', stack, 'cdk.tf.json'), 'utf8');
      expect(accepts(JSON.parse(text) as TerraformJson)).toContain('The configuration is valid');
    }
  });

  maybe('accepts every setting, hostile text included', () => {
    const text = '${file("/nowhere")}%{ if true }';
    valid({
      ...HYBRID,
      runtime: { image: IMAGE, integrationId: 'a', caBundle: { configMap: 'ca', key: text } },
      kubernetes: {
        labels: { team: 'x' },
        env: { A: text },
        nodeSelector: { disk: 'ssd' },
        tolerations: [{ key: 'copilot', value: 'x', effect: 'NoSchedule' }],
        imagePullSecrets: ['pull'],
        runtimeClassName: 'gvisor',
        priorityClassName: 'high',
        clusterUid: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff',
        egress: [
          { cidr: '0.0.0.0/0', port: 80 },
          { namespace: 'n', podSelector: { app: 'x' }, port: 1 },
        ],
        provider: { kubeconfig: text, context: text },
        backend: { type: 's3', bucket: text, region: text, prefix: text },
      },
    });
  });
});
