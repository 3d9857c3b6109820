import { describe, expect, it } from '@jest/globals';

import { formatProblem, InputError, parseTopology, printTopology } from '../../topology/index.js';

import { minimal, problemsOf, topologyOf } from './arbitraries.js';

const HEAD = 'name: prod\nplatform: local\npattern: isolated\nruntime: { integrationId: acme }\n';

/** Problems of a valid head with more lines; the first of them is line 5. */
const after = (rest: string) => problemsOf(HEAD + rest);

describe('a file that is no topology', () => {
  it.each([
    ['empty', '', 't.yaml:1:1 is empty: start from one of the examples, or from docs/topology.md'],
    [
      'only a comment',
      '# nothing\n',
      't.yaml:1:1 is empty: start from one of the examples, or from docs/topology.md',
    ],
    ['a word', 'topology', 't.yaml:1:1 must be a mapping, got "topology"'],
    ['a list', '- name: prod', 't.yaml:1:1 must be a mapping, got [{"name":"prod"}]'],
    ['a number', '42', 't.yaml:1:1 must be a mapping, got 42'],
  ])('%s', (_, text, message) => {
    expect(problemsOf(text)).toEqual([message]);
  });

  it('malformed YAML, once per line', () => {
    expect(after('tenants: {a: {}\nsmoke: [')).toEqual([
      't.yaml:6:1 is not valid YAML: flow map in block collection must be sufficiently indented and end with a }',
    ]);
    expect(after('tenants:\n\ta: {}')).toEqual([
      't.yaml:6:1 is not valid YAML: tabs are not allowed as indentation',
    ]);
  });

  it.each([
    [
      'two documents',
      'tenants: {a: {}}\n---\nname: b\n',
      '6:1 holds more than one document: a topology is one, remove this "---" and what follows',
    ],
    [
      'an anchor that is not there',
      'tenants: {a: *x}',
      '5:14 is not usable YAML: no anchor &x stands before *x: add it, or write the value out',
    ],
    [
      'a tag',
      'tenants: {a: !secret {}}',
      '5:14 is not usable YAML: tags such as !name mean nothing here, remove this one',
    ],
    [
      'a mapping as key',
      '? {a: b}\n: c\ntenants: {a: {}}',
      '5:3 is not usable YAML: a key must be plain text, not a mapping or a list',
    ],
  ])('%s', (_, rest, message) => {
    expect(after(rest)).toEqual([`t.yaml:${message}`]);
  });

  it('nesting without end', () => {
    expect(after(`tenants: ${'['.repeat(20_000)}`)[0]).toContain(
      'is not usable YAML: it is nested too deeply',
    );
  });

  it('a bomb of aliases, at once', () => {
    const levels = Array.from(
      { length: 9 },
      (_, n) => `l${n + 1}: &l${n + 1} [${Array(9).fill(`*l${n}`).join(', ')}]`,
    );
    const start = Date.now();
    const problems = problemsOf(`l0: &l0 [x]\n${levels.join('\n')}\n${HEAD}`);
    expect(problems).toEqual([
      't.yaml:1:1 is not usable YAML: anchors are used more than 10000 times, nested uses multiplied: write values out',
    ]);
    expect(Date.now() - start).toBeLessThan(3000);
  });

  it('an anchor inside of what it names', () => {
    expect(problemsOf(HEAD.replace('prod', '&a [*a]') + 'tenants: {a: {}}')).toEqual([
      't.yaml:1:1 name must be a string, got something that contains itself',
    ]);
  });

  it('never shows a stack trace', () => {
    const catchIt = () => parseTopology('name: [', 'x.yaml');
    expect(catchIt).toThrow(InputError);
    expect(problemsOf('name: [').join('\n')).not.toContain('    at ');
  });
});

describe('keys', () => {
  it('that stand twice are named, with both places, and the rest is still checked', () => {
    expect(after('tenants:\n  acme: {}\n  globex: {}\n  acme: { sizeGiB: 0 }\npurge: []\npurge: []')).toEqual(
      [
        't.yaml:8:3 tenants.acme stands here for the second time, first in line 6: two tenants cannot have the same id, rename or remove one',
        't.yaml:8:11 tenants.acme.sizeGiB must be from 1 to 65536, got 0',
        't.yaml:10:1 purge stands here for the second time, first in line 9: a setting has one value, remove one',
      ],
    );
    expect(after('tenants: {acme: {}, "acme": {}}')[0]).toContain(
      'tenants.acme stands here for the second time',
    );
  });

  it('that are unknown come with the nearest known one, or with all', () => {
    const pooled = HEAD.replace('isolated', 'shared');
    expect(problemsOf(`${pooled}pool: { replica: 2, replicas: 2 }\ntenants: {a: {}}`)).toEqual([
      't.yaml:5:9 pool.replica is not a known key: did you mean replicas?',
    ]);
    expect(after('tenant: {a: {}}')).toContain('t.yaml:5:1 tenant is not a known key: did you mean tenants?');
    expect(after('tenants: {a: {Quota: {cpuu: "1"}, colour: red}}')).toEqual([
      't.yaml:5:15 tenants.a.Quota is not a known key: did you mean quota?',
      't.yaml:5:35 tenants.a.colour is not a known key: known here are placement, state, cell, auth, idleTimeoutSeconds, resources, sizeGiB, quota, clients, principals, connectionTokenRevision, gatewayToken, limits, policy',
    ]);
    expect(
      after('tenants: {a: {}}\nkubernetes: {backend: {type: s3, bucket: b, region: r, prefixx: x}}'),
    ).toEqual(['t.yaml:6:56 kubernetes.backend.prefixx is not a known key: did you mean prefix?']);
  });

  it('that are strange are quoted, so that a message stays one line', () => {
    expect(after('tenants: {a: {}}\n"x\\ny.z": 1')[0]).toMatch(
      /^t\.yaml:6:1 \["x\\ny\.z"\] is not a known key/,
    );
  });

  it('are text, whatever YAML would make of them', () => {
    const { tenants } = parseTopology(
      `${HEAD}tenants: {007: {}, 7: {}, 1e3: {}, null: {}, true: {}, 0x1f: {}}`,
    );
    expect(Object.keys(tenants).sort()).toEqual(['007', '0x1f', '1e3', '7', 'null', 'true']);
  });

  it('that JavaScript gives to every object are refused', () => {
    expect(after('tenants: {__proto__: {}, a: {}}')).toEqual([
      't.yaml:5:11 tenants.__proto__ cannot be used as a key: choose another',
    ]);
    expect(after('tenants: {constructor: {}}')).toEqual([
      't.yaml:5:11 tenants.constructor must not be "constructor", which JavaScript keeps for itself: choose another id',
    ]);
    expect(after('tenants: {a: {}}\npurge: [constructor]')).toHaveLength(1);
    expect(after('tenants: {a: {}}\ncells: {base: {}}')[0]).toContain('must not be "base"');
  });
});

describe('tenant ids', () => {
  it.each(['a', '7', 'a-b', 'a--b', '0'.repeat(40), 'x'.repeat(40)])('%s is one', (id) => {
    expect(after(`tenants: {"${id}": {}}`)).toEqual([]);
  });

  it.each(['a_b', 'a@b', 'Acme', 'a.b', '-a', 'a-', 'a b', 'ä', ''])('%p is none', (id) => {
    const [problem, ...more] = after(`tenants: {"${id}": {}}`);
    expect(more).toEqual([]);
    expect(problem).toContain(
      `must be a tenant id: lower-case letters, digits and inner hyphens, at most 40 characters, got ${JSON.stringify(id)}`,
    );
    expect(problem).toMatch(/^t\.yaml:5:11 tenants/);
  });

  it('of 41 characters is none', () => {
    expect(after(`tenants: {${'x'.repeat(41)}: {}}`)).toEqual([
      `t.yaml:5:11 tenants.${'x'.repeat(41)} must have at most 40 characters, got 41: "${'x'.repeat(41)}"`,
    ]);
  });
});

describe('values', () => {
  it.each([
    [
      'an idle timeout of 10',
      'tenants: {a: {idleTimeoutSeconds: 10}}',
      '5:15 tenants.a.idleTimeoutSeconds must be at least 300, got 10: use 300 or more, 0 for none, or set runtime.allowShortIdleTimeout',
    ],
    [
      'a number in quotes',
      'tenants: {a: {sizeGiB: "10"}}',
      '5:15 tenants.a.sizeGiB must be a number, got "10": remove the quotes',
    ],
    [
      'a number without quotes',
      'tenants: {a: {quota: {cpu: 2}}}',
      '5:23 tenants.a.quota.cpu must be a string, got 2: put it in quotes',
    ],
    [
      'a word for a number',
      'tenants: {a: {sizeGiB: big}}',
      '5:15 tenants.a.sizeGiB must be a number, got "big"',
    ],
    ['a fraction', 'tenants: {a: {sizeGiB: 1.5}}', '5:15 tenants.a.sizeGiB must be a whole number, got 1.5'],
    ['not a number', 'tenants: {a: {sizeGiB: .nan}}', '5:15 tenants.a.sizeGiB must be a number, got NaN'],
    [
      'too big',
      'tenants: {a: {sizeGiB: 70000}}',
      '5:15 tenants.a.sizeGiB must be from 1 to 65536, got 70000',
    ],
    [
      'a misspelt word',
      'tenants: {a: {state: retierd}}',
      '5:15 tenants.a.state must be one of active, suspended, retired, got "retierd": did you mean retired?',
    ],
    [
      'an unknown word',
      'tenants: {a: {state: gone}}',
      '5:15 tenants.a.state must be one of active, suspended, retired, got "gone"',
    ],
    [
      'a switch in quotes',
      'tenants: {a: {}}\nsmoke: {accept: {networkPolicyNotEnforced: "true"}}',
      '6:18 smoke.accept.networkPolicyNotEnforced must be true or false, got "true": use true or false, without quotes',
    ],
    ['a list for a mapping', 'tenants: {a: []}', '5:11 tenants.a must be a mapping, got []'],
    [
      'an empty list',
      'tenants: {a: {}}\ncloud: {repository: {owner: a, name: b}, tenants: []}',
      '6:42 cloud.tenants must have at least 1 entry, got 0',
    ],
    [
      'an empty text',
      'tenants: {a: {}}\nkubernetes: {provider: {context: ""}}',
      '6:25 kubernetes.provider.context must not be empty',
    ],
    [
      'no source of a secret',
      'tenants: {a: {auth: {githubToken: {}}}}',
      '5:22 tenants.a.auth.githubToken must name exactly one source of variable, existingSecret, env, file, got none',
    ],
    [
      'two sources of a secret',
      'tenants: {a: {auth: {githubToken: {env: A, file: b}}}}',
      '5:22 tenants.a.auth.githubToken must name exactly one source of variable, existingSecret, env, file, got env and file',
    ],
    [
      'a misspelt source',
      'tenants: {a: {auth: {githubToken: {fiel: b}}}}',
      '5:36 tenants.a.auth.githubToken.fiel is not a known key: did you mean file?',
    ],
    [
      'a destination in and outside of the cluster',
      'tenants: {a: {}}\nkubernetes: {egress: [{cidr: 10.0.0.0/8, namespace: x, port: 1}]}',
      '6:23 kubernetes.egress[0] must be either namespace and podSelector (in the cluster) or cidr (outside of it)',
    ],
    [
      'half a destination',
      'tenants: {a: {}}\nkubernetes: {egress: [{namespace: x, port: 1}]}',
      '6:23 kubernetes.egress[0] must be either namespace and podSelector (in the cluster) or cidr (outside of it)',
    ],
    [
      'an address for a range',
      'tenants: {a: {}}\nkubernetes: {dnsCidrs: [10.0.0.1]}',
      '6:25 kubernetes.dnsCidrs[0] must be a CIDR such as 10.0.0.0/16, got "10.0.0.1"',
    ],
    [
      'an unknown backend',
      'tenants: {a: {}}\nkubernetes: {backend: {type: s4}}',
      '6:24 kubernetes.backend.type must be one of local, azurerm, s3, gcs, got "s4": did you mean s3?',
    ],
    [
      'a backend without type',
      'tenants: {a: {}}\nkubernetes: {backend: {bucket: b}}',
      '6:14 kubernetes.backend.type is required: one of local, azurerm, s3, gcs',
    ],
    [
      'neither switch nor mapping',
      'tenants: {a: {}}\nsmoke: {standIn: yes}',
      '6:9 smoke.standIn must be true, false, or { model: …, github: …, missionControl: … }, got "yes"',
    ],
    [
      'a switch misspelt',
      'tenants: {a: {}}\nsmoke: {standIn: {modle: true}}',
      '6:19 smoke.standIn.modle is not a known key: did you mean model?',
    ],
    [
      'a purge of nothing known',
      'tenants: {a: {}}\npurge: [pool/01]',
      '6:9 purge[0] must be a tenant id, a replica such as "pool/2", or "pool/shared", got "pool/01"',
    ],
    [
      'a password in a URL',
      'tenants: {a: {auth: {provider: {model: m, baseUrl: "https://u:secret@h/"}}}}',
      '5:43 tenants.a.auth.provider.baseUrl must not carry a user or a password, which would be readable in plans and pod specs: take them out',
    ],
    [
      'another scheme',
      'tenants: {a: {auth: {provider: {model: m, baseUrl: "ftp://h/"}}}}',
      '5:43 tenants.a.auth.provider.baseUrl must be a URL that starts with http:// or https://, got "ftp://h/"',
    ],
  ])('%s', (_, rest, message) => {
    expect(after(rest)).toEqual([`t.yaml:${message}`]);
  });

  it('a pool of zero', () => {
    const file = minimal({ pool: { replicas: 0 } }, { pattern: 'shared' });
    expect(problemsOf(file)).toEqual([expect.stringContaining('pool.replicas must be from 1 to 100, got 0')]);
  });

  it('are cut when they are long', () => {
    const [problem] = after(`tenants: {a: {state: "${'s'.repeat(5000)}"}}`);
    expect(problem!.length).toBeLessThan(250);
  });

  it.each([
    [
      'githubToken: ghp_Top5ecret',
      'must say where the secret is kept, such as { env: NAME }, and never be the secret itself',
    ],
    [
      'githubToken: { env: "ghp-Top5ecret" }',
      'must be the name of an environment variable, got 13 characters',
    ],
    ['githubToken: { variable: ghp_Top5ecret }', 'must be a Terraform variable name, got 13 characters'],
    [
      'provider: { model: m, baseUrl: "ftp://u:Top5ecret@h" }',
      'must be a URL that starts with http:// or https://, got "ftp://…@h"',
    ],
  ])('are not shown where they may be secrets: %s', (auth, message) => {
    const problems = after(`tenants: {a: {auth: {${auth}}}}`);
    expect(problems[0]).toContain(message);
    expect(problems.join()).not.toContain('Top5ecret');
  });
});

describe('keys without a value', () => {
  it('are {} for tenants and cells', () => {
    const topology = parseTopology(`${HEAD}tenants:\n  acme:\n  globex: ~\ncells:\n  c01:\n`);
    expect(topology).toEqual(parseTopology(`${HEAD}tenants: {acme: {}, globex: {}}\ncells: {c01: {}}`));
    expect(parseTopology(printTopology(topology))).toEqual(topology);
  });

  it('are a mistake elsewhere', () => {
    expect(after('tenants: {a: {}}\npool:\nsmoke:\npurge:')).toEqual([
      't.yaml:6:1 pool has no value: give it a mapping, or remove the key',
      't.yaml:7:1 smoke has no value: give it a mapping, or remove the key',
      't.yaml:8:1 purge has no value: give it a list, or remove the key',
    ]);
    expect(after('tenants:')).toEqual([
      't.yaml:5:1 tenants has no value: give it a mapping, or remove the key',
    ]);
  });
});

describe('a report', () => {
  it('has the mistakes of single values and the contradictions, in the order of the file', () => {
    const text = [
      'name: Prod',
      'platform: kubernets',
      'pattern: isolated',
      'runtime:',
      '  idleTimeoutSeconds: 60',
      '  port: "4321"',
      'pool: { replicas: 0 }',
      'tenants:',
      '  Acme: { idleTimeoutSeconds: 10, colour: red }',
      '  globex: { placement: pool }',
      '  initech: { quota: { memoryMiB: 64 }, sizeGiB: 0 }',
      'purge: [A_B, globex]',
    ].join('\n');
    expect(problemsOf(text).map((line) => line.replace(/^t\.yaml:/, ''))).toEqual([
      '1:1 name must be a name: a lower-case letter first, then lower-case letters, digits and inner hyphens, at most 24 characters, got "Prod"',
      '2:1 platform must be one of kubernetes, azure, local, got "kubernets": did you mean kubernetes?',
      '4:1 runtime.integrationId is required: expected a string',
      '4:1 runtime.image is required with platform kubernetes: name the image by digest (registry/name@sha256:…)',
      '5:3 runtime.idleTimeoutSeconds must be at least 300, got 60: use 300 or more, 0 for none, or set runtime.allowShortIdleTimeout',
      '6:3 runtime.port must be a number, got "4321": remove the quotes',
      '7:9 pool.replicas must be from 1 to 100, got 0',
      expect.stringMatching(/^9:3 tenants\.Acme must be a tenant id/),
      '9:11 tenants.Acme.idleTimeoutSeconds must be at least 300, got 10: use 300 or more, 0 for none, or set runtime.allowShortIdleTimeout',
      expect.stringMatching(/^9:35 tenants\.Acme\.colour is not a known key/),
      '10:13 tenants.globex.placement must be dedicated with pattern isolated, got pool: change it, or set pattern: hybrid',
      '11:23 tenants.initech.quota.memoryMiB must hold the runtime, which asks for 512 MiB, got 64: raise it to 512 or more',
      '11:40 tenants.initech.sizeGiB must be from 1 to 65536, got 0',
      '12:9 purge[0] must be a tenant id, a replica such as "pool/2", or "pool/shared", got "A_B"',
      '12:14 purge[1] "globex" still stands under tenants: remove it there to delete its state, or here to keep it',
    ]);
  });

  it('has the contradictions also where something required is missing', () => {
    expect(problemsOf('pattern: hybrid\ntenants: {a: {}, b: {placement: pool}}')).toEqual(
      [
        't.yaml:1:1 name is required: expected a string',
        't.yaml:1:1 platform is required: one of kubernetes, azure, local',
        't.yaml:1:1 runtime is required: expected a mapping',
        't.yaml:1:1 pool is required, since tenants are placed in the pool: add "pool: { replicas: 2 }"',
        't.yaml:2:15 tenants.a.placement is required with pattern hybrid: dedicated or pool',
      ].map((line) => line.replace('2:15', '2:11')),
    );
  });

  it('blames nothing on what a wrong value may have meant', () => {
    // An unknown platform may be local, which needs no image; a broken switch may be true.
    expect(
      after('tenants: {a: {}}').concat(problemsOf(HEAD.replace('local', 'cloudy') + 'tenants: {a: {}}')),
    ).toEqual(['t.yaml:2:1 platform must be one of kubernetes, azure, local, got "cloudy"']);
    const short = HEAD.replace('acme }', 'acme, idleTimeoutSeconds: 10, allowShortIdleTimeout: 2 }');
    expect(problemsOf(`${short}tenants: {a: {}}`)).toEqual([
      't.yaml:4:57 runtime.allowShortIdleTimeout must be true or false, got 2',
    ]);
    expect(problemsOf(`${short.replace(': 2', 's: true')}tenants: {a: {}}`)).toEqual([
      't.yaml:4:57 runtime.allowShortIdleTimeouts is not a known key: did you mean allowShortIdleTimeout?',
    ]);
  });

  it('points at the nearest thing above a key that is missing', () => {
    expect(after('tenants:\n  a:\n    clients:\n      - namespace: app\n')).toEqual([
      't.yaml:8:9 tenants.a.clients[0].serviceAccount is required: expected a string',
    ]);
  });

  it('points at the right line with CRLF and with a byte order mark', () => {
    expect(problemsOf(`\uFEFF${HEAD}tenants: {A: {}}`.replaceAll('\n', '\r\n'))[0]).toMatch(
      /^t\.yaml:5:11 tenants\.A /,
    );
  });

  it('is quick and complete for thousands of mistakes', () => {
    const start = Date.now();
    const tenants = Array.from(
      { length: 1500 },
      (_, n) => `  t${n}: { cell: c${n % 40}, sizeGiB: 0, colour: red }\n`,
    );
    expect(after(`tenants:\n${tenants.join('')}`)).toHaveLength(3000);
    expect(Date.now() - start).toBeLessThan(8000);
  });

  it('is data, too', () => {
    let caught: unknown;
    try {
      parseTopology(`${HEAD}tenants: {A: {}}`, 'x.yaml');
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(InputError);
    const { source, problems } = caught as InputError;
    expect(source).toBe('x.yaml');
    expect(problems).toEqual([{ path: ['tenants', 'A'], message: expect.any(String), line: 5, column: 11 }]);
    expect(formatProblem('x', { path: [], message: 'is bad' })).toBe('x is bad');
  });
});

describe('a valid file', () => {
  it('has every default filled in', () => {
    const topology = topologyOf(minimal());
    expect(topology.runtime).toMatchObject({
      binary: 'native',
      port: 4321,
      idleTimeoutSeconds: 1800,
      sessionTtlHours: 168,
    });
    expect(topology.tenants.acme).toMatchObject({ state: 'active', cell: 'c01', clients: [] });
    expect(topology.smoke).toEqual({
      standIn: { model: true, github: false, missionControl: false },
      accept: { networkPolicyNotEnforced: false },
    });
  });

  it('may use anchors many times', () => {
    const tenants = Array.from({ length: 300 }, (_, n) => `  t${n}: *d\n`).join('');
    const cells = 'cells: {c01: {maxTenants: 100}, c02: {}}';
    const text = `${HEAD}tenants:\n  first: &d { sizeGiB: 7 }\n${tenants}`;
    // 301 tenants do not fit one cell, which is the only complaint.
    for (const problem of problemsOf(`${text}${cells}`)) expect(problem).toContain('is full');
    expect(parseTopology(`${HEAD}tenants: {a: &d {sizeGiB: 7}, b: *d}`).tenants.b).toMatchObject({
      sizeGiB: 7,
    });
  });

  it('is printed without anchors, even where two tenants are one object', () => {
    const topology = topologyOf(minimal());
    const { acme } = topology.tenants;
    const text = printTopology({ ...topology, tenants: { acme: acme!, globex: acme! } });
    expect(text).not.toMatch(/[&*]a1/);
  });
});
