import { KubernetesProvider } from '@cdktf/provider-kubernetes/lib/provider/index.js';
import { describe, expect, it } from '@jest/globals';
import { TerraformStack } from 'cdktf';

import { Monitoring, PropsError, type MonitoringProps } from '../../../constructs/kubernetes/index.js';
import { all, newApp, plan, synth, synthPlan, topology, type Json, type TerraformJson } from './support.js';

const PROMETHEUS = { namespace: 'monitoring', podSelector: { 'app.kubernetes.io/name': 'prometheus' } };

/** Stacks of a topology with a dedicated tenant, a retired one and a pool. */
const stacksWith = (monitoring?: object): Record<string, TerraformJson> =>
  synthPlan(
    plan(
      topology('hybrid', {
        tenants: {
          acme: { placement: 'dedicated' },
          gone: { placement: 'dedicated', state: 'retired' },
          docs: { placement: 'pool' },
        },
        kubernetes: { ...(monitoring && { monitoring }) },
      }),
    ).plan,
  );

const named = (stack: TerraformJson, kind: string) =>
  all(stack, kind)
    .map(({ metadata }) => metadata.name as string)
    .filter((name) => name.endsWith('metrics'))
    .sort();
const podMonitors = (stack: TerraformJson): Json[] =>
  Object.values(stack.resource?.kubernetes_manifest ?? {}).map(({ manifest }) => manifest);
const annotations = (stack: TerraformJson) =>
  all(stack, 'deployment').map(({ spec }) => spec.template.metadata.annotations['prometheus.io/scrape']);

describe('monitoring of a topology', () => {
  it('is nothing unless it is asked for', () => {
    for (const stack of Object.values(stacksWith())) {
      expect(named(stack, 'network_policy')).toEqual([]);
      expect(podMonitors(stack)).toEqual([]);
      expect(annotations(stack)).toEqual(annotations(stack).map(() => undefined));
    }
  });

  it('lets Prometheus in wherever something runs, by default without telling it where', () => {
    const { 'prod-base': base, 'prod-c01': cell } = stacksWith({ namespace: 'monitoring' });
    expect(named(base!, 'network_policy')).toEqual(['gateway-metrics', 'metrics']);
    // Not for the tenant that is retired: there is nothing to scrape.
    expect(named(cell!, 'network_policy')).toEqual(['metrics']);
    expect([...podMonitors(base!), ...podMonitors(cell!)]).toEqual([]);
  });

  it('tells an operator of both kinds of pods in each namespace, by the name that their port has', () => {
    const { 'prod-base': base, 'prod-c01': cell } = stacksWith({
      namespace: 'monitoring',
      podMonitor: { labels: { release: 'kube-prometheus-stack' }, intervalSeconds: 15 },
    });
    const [monitor, ...others] = podMonitors(base!);
    expect(others).toEqual([]);
    const pods = all(base!, 'deployment');
    expect(monitor).toMatchObject({
      apiVersion: 'monitoring.coreos.com/v1',
      kind: 'PodMonitor',
      metadata: { namespace: pods[0].metadata.namespace, labels: { release: 'kube-prometheus-stack' } },
    });
    const { selector, podMetricsEndpoints } = monitor.spec;
    expect(podMetricsEndpoints).toEqual([{ port: 'health', path: '/metrics', interval: '15s' }]);
    for (const { spec } of pods) {
      const { metadata, spec: pod } = spec.template;
      expect(selector.matchExpressions[0].values).toContain(metadata.labels['app.kubernetes.io/name']);
      const port = pod.container[0].port.find(({ name }: Json) => name === 'health');
      expect(port.container_port).toBe(4380);
    }
    expect(podMonitors(cell!).map(({ spec }) => spec.selector.matchExpressions[0].values)).toEqual([
      ['copilot-runtime'],
    ]);
  });

  it('annotates the pods for a Prometheus without the operator', () => {
    const stacks = stacksWith({ namespace: 'monitoring', annotations: true });
    const found = Object.values(stacks).flatMap((stack) =>
      all(stack, 'deployment').map(({ spec }) => spec.template.metadata.annotations),
    );
    expect(found.length).toBeGreaterThan(2);
    for (const each of found) {
      expect(each).toMatchObject({
        'prometheus.io/scrape': 'true',
        'prometheus.io/port': '4380',
        'prometheus.io/path': '/metrics',
      });
    }
  });
});

describe('the construct', () => {
  const newStack = () => {
    const stack = new TerraformStack(newApp(), 'stack');
    new KubernetesProvider(stack, 'kubernetes', {});
    return stack;
  };
  const make = (changes: Partial<MonitoringProps>) =>
    new Monitoring(newStack(), 'Monitoring', { namespace: 'acme', prometheus: PROMETHEUS, ...changes });

  it('synthesises alone', () => {
    const stack = newStack();
    new Monitoring(stack, 'Monitoring', { namespace: 'acme', prometheus: PROMETHEUS, podMonitor: {} });
    const json = synth(stack);
    expect(podMonitors(json)[0].spec.podMetricsEndpoints[0].interval).toBe('30s');
  });

  it.each<[string, Partial<MonitoringProps>, RegExp]>([
    [
      'a selector of all pods',
      { prometheus: { namespace: 'monitoring', podSelector: {} } },
      /prometheus.podSelector must name at least one label, got none/,
    ],
    ['an interval below 10 s', { podMonitor: { intervalSeconds: 5 } }, /intervalSeconds must be .*10.*got 5/],
  ])('refuses %s', (_, changes, message) => {
    expect(() => make(changes)).toThrow(PropsError);
    expect(() => make(changes)).toThrow(message);
  });
});
