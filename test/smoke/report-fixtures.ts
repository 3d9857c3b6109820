import type { Report, Result, Scope, Verdict } from '../../smoke/model.js';
import { buildMatrix, counts, verdictOf } from '../../smoke/report/index.js';
import { subjectsOf } from '../../smoke/subjects.js';
import type { Manifest } from '../../topology/index.js';

export type Place = 'dedicated' | 'pool' | 'suspended' | 'retired';

/** A manifest with what the smoke suite's own logic reads: routes and states. */
export function manifestWith(places: Readonly<Record<string, Place>>, replicas = 2): Manifest {
  const pool = Array.from({ length: replicas }, (_, n) => `pool/${n}`);
  const tenants = Object.entries(places);
  const active = tenants.flatMap(([id, place]) => (place === 'dedicated' ? [`tenant/${id}`] : []));
  const ids = [...active, ...(tenants.some(([, place]) => place === 'pool') ? pool : [])];
  return {
    manifestVersion: 1,
    name: 'prod-eu',
    platform: 'local',
    pattern: 'hybrid',
    runtimes: Object.fromEntries(
      ids.map((id) => [id, { state: 'active' }]),
    ) as unknown as Manifest['runtimes'],
    routes: Object.fromEntries(tenants.map(([id, place]) => [id, routeOf(id, place, pool)])),
    accept: { networkPolicyNotEnforced: true },
  };
}

function routeOf(id: string, place: Place, replicas: string[]): Manifest['routes'][string] {
  if (place === 'dedicated') return { to: 'runtime', runtime: `tenant/${id}` };
  if (place !== 'pool') return { to: 'nowhere', state: place };
  return { to: 'pool', token: { kind: 'file', path: `gateway/tokens/${id}.a` }, replicas };
}

export function result(scope: Scope, from: string, to?: string, rest: Partial<Result> = {}): Result {
  const check = to === undefined ? 'token-required' : 'session-of-another';
  return { check, scope, from, ...(to !== undefined && { to }), verdict: 'passed', durationMs: 12, ...rest };
}

const SUITE: readonly (readonly [string, readonly Scope[], string])[] = [
  [
    'reachable',
    ['runtime', 'tenant'],
    'A runtime answers at its name with its own token, and can create a session: an unwritable home answers a ping but cannot.',
  ],
  ['right-runtime', ['runtime'], 'The name of a runtime leads to that runtime and not to another tenant’s.'],
  [
    'token-required',
    ['runtime', 'tenant'],
    'The connection token is root on a runtime, and a runtime without one is open to everybody who reaches its port.',
  ],
  [
    'token-of-another',
    ['pair', 'pool', 'mixed'],
    'The token of one runtime opens no other: whoever has it could list, read and re-route every session there.',
  ],
  [
    'session-of-another',
    ['pair', 'pool', 'mixed'],
    'A session of one runtime cannot be listed, read, resumed, deleted or attached to through another.',
  ],
  [
    'network-apart',
    ['pair'],
    'From inside one runtime another cannot be reached: the policies of both namespaces deny it, and the CNI enforces them.',
  ],
  [
    'state-private',
    ['runtime'],
    'Session state is readable by its runtime’s user alone: journals hold prompts and replies in plain text.',
  ],
  [
    'token-not-written',
    ['runtime'],
    'No connection token and no GitHub token stands in a file of the home, in a temporary file, in a log or in the arguments of a process.',
  ],
  [
    'model-without-host',
    ['runtime'],
    'In empty mode with custom tools only, the model can neither run a shell nor read a file of the host, even when it asks to.',
  ],
  [
    'idle-session-ends',
    ['runtime'],
    'An idle session is ended after the timeout, which frees its memory, and can be resumed with its history.',
  ],
  [
    'history-after-restart',
    ['runtime'],
    'State outlives the process: a runtime that dies comes back by itself, with every conversation.',
  ],
];

const NOT_ENFORCED: Partial<Result> = {
  verdict: 'accepted',
  seen: 'the connection came about although the policies deny it',
  acceptedBy: 'smoke.accept.networkPolicyNotEnforced',
};
const isReplica = (party?: string) => party?.startsWith('pool/') ?? false;
const TOO_LONG: Partial<Result> = {
  verdict: 'skipped',
  reason:
    'the idle timeout of 1800 s is proven from the arguments of the process; by behaviour with --exhaustive',
  durationMs: 0,
};

/** Everything that the suite would say of a healthy deployment. */
export function healthyResults(manifest: Manifest): Result[] {
  return SUITE.flatMap(([check, scopes], place) =>
    scopes
      .flatMap((scope) => subjectsOf(scope, manifest, true).map((subject) => ({ scope, ...subject })))
      .map(({ scope, from, to }, index) =>
        result(scope, from, to, {
          check,
          durationMs: 8 + ((place * 37 + index * 11) % 90) + (check === 'history-after-restart' ? 1400 : 0),
          ...(check === 'network-apart' && isReplica(from) && isReplica(to) && NOT_ENFORCED),
          ...(check === 'idle-session-ends' && TOO_LONG),
        }),
      ),
  );
}

export function reportOf(manifest: Manifest, results: readonly Result[], rest: Partial<Report> = {}): Report {
  return {
    reportVersion: 1,
    name: manifest.name,
    pattern: manifest.pattern,
    target: manifest.platform,
    startedAt: '2026-11-21T11:38:04.000Z',
    durationMs: 14_620,
    verdict: verdictOf(results),
    counts: counts(results),
    checks: SUITE.map(([id, , why]) => ({ id, why })),
    results,
    ...buildMatrix(manifest, results),
    ...rest,
  };
}

export const HYBRID: Readonly<Record<string, Place>> = {
  acme: 'dedicated',
  globex: 'dedicated',
  initech: 'dedicated',
  hooli: 'pool',
  umbrella: 'pool',
};

/** Nothing failed, and what the network lets through between two replicas is accepted. */
export function healthyReport(): Report {
  const manifest = manifestWith(HYBRID);
  return reportOf(manifest, healthyResults(manifest));
}

/** As {@link healthyReport}, with one way across and one refused start, and a tenant that is suspended. */
export function brokenReport(): Report {
  const manifest = manifestWith({ ...HYBRID, wonka: 'suspended' });
  const results = healthyResults(manifest).map((each): Result => {
    const hit = (check: string, from: string, to?: string) =>
      each.check === check && each.from === from && (to === undefined || each.to === to);
    if (hit('token-of-another', 'tenant/acme', 'tenant/globex')) return { ...each, ...SAME_TOKEN };
    if (hit('token-of-another', 'tenant/globex', 'tenant/acme')) return { ...each, ...SAME_TOKEN };
    return hit('state-private', 'pool/1') ? { ...each, ...WIDE_OPEN } : each;
  });
  return reportOf(manifest, results);
}

const SAME_TOKEN = {
  verdict: 'failed',
  expected: 'AUTHENTICATION_FAILED',
  seen: 'the connection was accepted, and session.list gave 14 sessions',
  advice: 'give each runtime a token of its own: raise connectionTokenRevision of one of the two and deploy',
} as const satisfies Partial<Result>;

const WIDE_OPEN = {
  verdict: 'failed',
  expected: 'mode 0700 on the home and on each folder of session-state',
  seen: 'drwxr-xr-x 3 copilot copilot 4096 home\ndrwxr-xr-x 9 copilot copilot 4096 home/session-state',
  advice: 'run "chmod -R go= " on the home once, and look for what changed it',
} as const satisfies Partial<Result>;

/** Text that would break out of HTML, XML and a terminal. */
export const HOSTILE = [
  '<script>alert(1)</script>',
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  '</style></title><h1>Passed</h1>',
  '<%= it.report.name %>',
  '&lt;b&gt; &amp;',
  ']]> twice ]]>',
  '\u001b[2J\u001b[32m✔ Passed\u0007\u0000\u0008\u009b',
  'turned \u202e around \ufeff \ufffe \ud800',
  'first\n✔ Passed  1 passed\r\nlast',
].join(' ');

/** A report in which every text is hostile. */
export function hostileReport(): Report {
  const manifest = manifestWith({
    [`a${HOSTILE}`]: 'dedicated',
    [`b${HOSTILE}`]: 'dedicated',
    [`c${HOSTILE}`]: 'suspended',
  });
  const verdicts: Verdict[] = ['failed', 'accepted', 'skipped', 'passed'];
  const results = verdicts.flatMap((verdict) =>
    subjectsOf('pair', manifest, true).map(({ from, to }) =>
      result('pair', from, to, {
        check: `${verdict} ${HOSTILE}`,
        verdict,
        expected: HOSTILE,
        seen: HOSTILE,
        advice: HOSTILE,
        reason: HOSTILE,
        acceptedBy: HOSTILE,
      }),
    ),
  );
  return reportOf(manifest, results, { name: HOSTILE, checks: [{ id: `failed ${HOSTILE}`, why: HOSTILE }] });
}

/** 60 tenants, half of them in a pool of three. */
export function largeManifest(): Manifest {
  const places = Array.from({ length: 60 }, (_, n): [string, Place] => [
    `customer-${String(n).padStart(2, '0')}`,
    n % 2 === 0 ? 'dedicated' : 'pool',
  ]);
  return manifestWith(Object.fromEntries(places), 3);
}
