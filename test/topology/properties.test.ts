import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';

import {
  lockOf,
  manifestOf,
  parseManifest,
  parseTopology,
  planTopology,
  printTopology,
  type Plan,
  type Topology,
} from '../../topology/index.js';

import { tenantIds, tenantInputs, topologies, topologyInputs, topologyOf } from './arbitraries.js';

const RUNS = { numRuns: 50 };

/** A plan without one tenant, which must be all that the tenant adds. */
function without(plan: Plan, id: string) {
  const others = plan.runtimes.filter((runtime) => runtime.tenant !== id);
  const manifest = manifestOf(plan);
  return {
    runtimes: others,
    routes: Object.fromEntries(Object.entries(plan.routes).filter(([tenant]) => tenant !== id)),
    manifest: others.map((runtime) => manifest.runtimes[runtime.id]),
    lock: plan.name,
  };
}

describe('any valid topology', () => {
  it('is read back from what is printed', () => {
    fc.assert(
      fc.property(topologies, (topology) => {
        expect(parseTopology(printTopology(topology))).toEqual(topology);
      }),
      RUNS,
    );
  });

  it('gives no two tenants the same home, name or place of a token', () => {
    fc.assert(
      fc.property(topologies, (topology) => {
        const manifest = manifestOf(planTopology(topology));
        const runtimes = Object.values(manifest.runtimes);
        const distinct = (values: unknown[]) =>
          expect(new Set(values.map((value) => JSON.stringify(value))).size).toBe(runtimes.length);
        distinct(runtimes.map(({ endpoint }) => endpoint));
        distinct(runtimes.map(({ connectionToken }) => connectionToken));
        distinct(runtimes.map(({ tenant, replica }) => [tenant, replica]));
        if (topology.platform === 'local') distinct(runtimes.map(({ expect: { home } }) => home));
        const namespaces = planTopology(topology).runtimes.flatMap(({ tenant, namespace }) =>
          tenant === undefined ? [] : [namespace],
        );
        expect(new Set(namespaces).size).toBe(namespaces.length);
      }),
      RUNS,
    );
  });

  it('changes nothing of other tenants when one is added or removed', () => {
    const cases = topologyInputs.chain((input) =>
      fc.record({
        input: fc.constant(input),
        id: tenantIds.filter((id) => !(id in input.tenants)),
        entry: tenantInputs(input.platform, input.pattern),
      }),
    );
    fc.assert(
      fc.property(cases, ({ input, id, entry }) => {
        const before = topologyOf(input);
        // Before all others, so that nothing may depend on the place in the file.
        const after = topologyOf({ ...input, tenants: { [id]: entry, ...input.tenants } });
        const [planBefore, planAfter] = [planTopology(before), planTopology(after)];
        expect(without(planAfter, id)).toEqual(without(planBefore, id));
        const { [id]: added, ...locked } = lockOf(after, planAfter).tenants;
        expect(added).toBeDefined();
        expect(locked).toEqual(lockOf(before, planBefore).tenants);
      }),
      RUNS,
    );
  });

  it('is planned the same whatever the order of keys', () => {
    const reversed = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(reversed);
      if (typeof value !== 'object' || value === null) return value;
      const entries = Object.entries(value).reverse();
      return Object.fromEntries(entries.map(([key, inner]) => [key, reversed(inner)]));
    };
    fc.assert(
      fc.property(topologyInputs, (input) => {
        const plan = planTopology(topologyOf(input));
        const other = planTopology(topologyOf(reversed(input)));
        expect(other).toEqual(plan);
        // Byte by byte, for both are written to files that people compare.
        expect(JSON.stringify(manifestOf(other))).toBe(JSON.stringify(manifestOf(plan)));
        expect(JSON.stringify(other.runtimes.map(({ env }) => env))).toBe(
          JSON.stringify(plan.runtimes.map(({ env }) => env)),
        );
      }),
      RUNS,
    );
  });

  it('has a manifest that is read back, without addresses and without values of secrets', () => {
    fc.assert(
      fc.property(topologies, (topology) => {
        const manifest = manifestOf(planTopology(topology));
        const text = JSON.stringify(manifest);
        expect(parseManifest(text)).toEqual(manifest);
        expect(text).not.toMatch(/\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}|\[[0-9a-f:]+\]/);
        // Where a value comes from on the way in is no business of who reads the manifest.
        expect(text).not.toMatch(/"(env|variable|value|githubToken)"/);
      }),
      RUNS,
    );
  });

  it('routes every tenant, and only to runtimes that exist and are its own', () => {
    const served = (plan: Plan, topology: Topology, id: string) => {
      const route = plan.routes[id];
      const { state } = topology.tenants[id]!;
      if (state !== 'active') return route?.to === 'nowhere' && route.state === state;
      if (route?.to === 'pool') return plan.runtimes.some(({ replica }) => replica !== undefined);
      return route?.to === 'runtime' && plan.runtimes.some((r) => r.id === route.runtime && r.tenant === id);
    };
    fc.assert(
      fc.property(topologies, (topology) => {
        const plan = planTopology(topology);
        expect(Object.keys(plan.routes).sort()).toEqual(Object.keys(topology.tenants).sort());
        for (const id of Object.keys(topology.tenants)) expect(served(plan, topology, id)).toBe(true);
        const inCells = plan.cells.flatMap(({ runtimes }) => runtimes);
        expect([...inCells].sort()).toEqual(plan.runtimes.map(({ id }) => id).sort());
      }),
      RUNS,
    );
  });
});

describe('any text', () => {
  const broken = fc.oneof(
    fc.string({ maxLength: 200, unit: 'binary' }),
    fc
      .array(
        fc.constantFrom(
          'tenants',
          ': ',
          '{',
          '}',
          '[',
          ']',
          '\n',
          '  ',
          '- ',
          '&a',
          '*a',
          '<<',
          '?',
          '!x',
          '"',
          "'",
          '#',
          '|',
          '>',
          'a',
          '1',
          '\t',
          '%',
          '@',
          '---',
        ),
      )
      .map((parts) => parts.join('')),
    topologyInputs
      .map((input) => printTopology(topologyOf(input)))
      .chain((text) =>
        fc.integer({ min: 0, max: text.length }).map((at) => text.slice(0, at) + text.slice(at + 1)),
      ),
    fc.json(),
  );

  it('is a topology or gives an InputError, never anything else', () => {
    fc.assert(
      fc.property(broken, (text) => {
        let thrown: unknown;
        try {
          parseTopology(text);
        } catch (error) {
          thrown = error;
        }
        if (thrown === undefined) return;
        expect((thrown as Error).name).toBe('InputError');
        expect((thrown as { problems: unknown[] }).problems.length).toBeGreaterThan(0);
        for (const line of (thrown as Error).message.split('\n'))
          expect(line).toMatch(/^topology\.yaml:\d+:\d+ \S/);
      }),
      { numRuns: 120 },
    );
  });
});
