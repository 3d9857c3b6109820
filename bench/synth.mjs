/**
 * Time and memory of synthesis for many isolated tenants, beside `helm template` and cdk8s that write the same objects:
 * whole processes, in turn, and medians. Needs `npm run build` and bench/install.sh; `npm run bench:synth` does both.
 *
 * Usage: node bench/synth.mjs [sizes, e.g. 100,1000] [rounds]
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';

import { parseAllDocuments, stringify } from 'yaml';

import { parseTopology, planTopology } from '../dist/topology/index.js';

const [sizes = '100,1000', rounds = '5'] = process.argv.slice(2);
const CELL = 50;
const HELM = path.resolve('.cache/bench/bin/helm');
const root = mkdtempSync(path.join(os.tmpdir(), 'copilot-runtimes-bench-'));

try {
  const rivals = readFileSync('.cache/bench/versions', 'utf8');
  const pattern = patternOf(render(1));
  sameObjects(2, pattern);
  const rows = sizes.split(',').map((size) => compare(Number(size), pattern));
  print(rows, pattern.length, rivals);
} finally {
  rmSync(root, { recursive: true });
}

function compare(size, pattern) {
  const contestants = { ours: ours(size), helm: helm(size, pattern), cdk8s: cdk8s(size, pattern) };
  const samples = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  // In turn, so that whatever else the machine does meets all of them; the first round warms the disk cache.
  for (let round = 0; round <= Number(rounds); round++) {
    for (const [name, command] of Object.entries(contestants)) {
      const sample = measure(command);
      if (round > 0) samples[name].push(sample);
    }
  }
  return { size, ...Object.fromEntries(Object.entries(samples).map(([name, all]) => [name, medians(all)])) };
}

/** One run as a whole process, into a directory that is not there yet. */
function measure({ file, args, env, outdir }) {
  rmSync(outdir, { recursive: true, force: true });
  const figures = path.join(root, 'time');
  execFileSync('/usr/bin/time', ['-f', '%e %U %S %M', '-o', figures, file, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const [seconds, user, system, kilobytes] = readFileSync(figures, 'utf8').trim().split(' ').map(Number);
  return { seconds, cpu: user + system, mib: kilobytes / 1024 };
}

function ours(size) {
  const outdir = path.join(root, `ours-${size}`);
  return {
    file: process.execPath,
    args: ['dist/stacks/main.js'],
    env: { TOPOLOGY: topologyFile(size), CDKTF_OUTDIR: outdir },
    outdir,
  };
}

/** All tenants by one chart, whose template ranges over them. */
function helm(size, pattern) {
  const outdir = path.join(root, `helm-${size}`);
  const chart = path.join(root, 'chart');
  mkdirSync(path.join(chart, 'templates'), { recursive: true });
  writeFileSync(path.join(chart, 'Chart.yaml'), 'apiVersion: v2\nname: bench\nversion: 1.0.0\n');
  const documents = pattern
    .map((object) => `---\n${stringify(object)}`)
    .join('')
    .replaceAll('@NAMESPACE@', '{{ .namespace }}')
    .replaceAll('@ID@', '{{ .id }}')
    .replaceAll('@TOKEN@', '{{ randAlphaNum 48 }}');
  const template = `{{- range .Values.tenants }}\n${documents}{{- end }}\n`;
  writeFileSync(path.join(chart, 'templates/tenants.yaml'), template);
  const values = path.join(root, `values-${size}.yaml`);
  writeFileSync(values, stringify({ tenants: tenants(size) }));
  return {
    file: HELM,
    args: ['template', 'bench', chart, '--values', values, '--output-dir', outdir],
    outdir,
  };
}

/** A chart per cell. */
function cdk8s(size, pattern) {
  const outdir = path.join(root, `cdk8s-${size}`);
  const [tenantsFile, patternFile] = ['tenants', 'pattern'].map((name) =>
    path.join(root, `${name}-${size}.json`),
  );
  writeFileSync(tenantsFile, JSON.stringify(tenants(size)));
  writeFileSync(patternFile, JSON.stringify(pattern));
  return { file: process.execPath, args: ['bench/cdk8s.mjs', tenantsFile, patternFile, outdir], outdir };
}

function topologyFile(size) {
  // A directory each: locks of two topologies of one name must not stand side by side.
  const file = path.join(root, `topology-${size}`, 'bench.yaml');
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, topology(size));
  return file;
}

function topology(size) {
  const lines = Array.from({ length: size }, (_, n) => {
    const id = `t${String(n).padStart(4, '0')}`;
    const cell = `c${String(Math.floor(n / CELL) + 1).padStart(2, '0')}`;
    return `  ${id}: { cell: ${cell}, clients: [{ namespace: ${id}-app, serviceAccount: backend }] }\n`;
  });
  return `name: bench
platform: kubernetes
pattern: isolated
runtime:
  image: registry.example.com/copilot-runtimes@sha256:${'0'.repeat(64)}
  integrationId: bench
  auth: { githubToken: { variable: github_token } }
storage: { class: standard }
kubernetes:
  provider: { context: bench }
  backend: { type: local }
tenants:
${lines.join('')}`;
}

/** What a template needs to know of each tenant. Names are ours, so that the objects can be compared. */
function tenants(size) {
  return planTopology(parseTopology(topology(size))).runtimes.map(({ tenant, namespace, cell }) => ({
    id: tenant,
    namespace,
    cell,
  }));
}

/** The objects of our stacks. */
function render(size) {
  const outdir = path.join(root, `render-${size}`);
  execFileSync(
    process.execPath,
    ['dist/cli/main.js', 'render', topologyFile(size), '--out', outdir, '--generate-secrets'],
    { env: { ...process.env, TF_VAR_github_token: 'a-value' }, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  return objects(outdir);
}

/** Objects of one tenant with marks for what differs from tenant to tenant. */
function patternOf(rendered) {
  const [{ id, namespace }] = tenants(1);
  const text = JSON.stringify(rendered).replaceAll(namespace, '@NAMESPACE@').replaceAll(id, '@ID@');
  const marked = JSON.parse(text);
  for (const { kind, stringData } of marked) {
    if (kind === 'Secret' && 'connection-token' in stringData) stringData['connection-token'] = '@TOKEN@';
  }
  return marked;
}

/** Stops a comparison of things that are not the same. */
function sameObjects(size, pattern) {
  const wanted = digests(render(size));
  for (const [name, command] of Object.entries({ helm: helm(size, pattern), cdk8s: cdk8s(size, pattern) })) {
    measure(command);
    const got = digests(objects(command.outdir));
    if (got.join() !== wanted.join())
      throw new Error(`${name} does not write the objects that render writes`);
  }
}

/** One per object, whatever its order and its token. */
function digests(list) {
  const sorted = (value) => {
    if (Array.isArray(value)) return value.map(sorted);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(
      Object.keys(value)
        .sort()
        .map((key) => [key, key === 'connection-token' ? '' : sorted(value[key])]),
    );
  };
  return list
    .map((object) =>
      createHash('sha256')
        .update(JSON.stringify(sorted(object)))
        .digest('hex'),
    )
    .sort();
}

/** Every object in the YAML files below a directory. */
function objects(directory) {
  return readdirSync(directory, { recursive: true })
    .filter((file) => file.endsWith('.yaml') && path.basename(file) !== 'kustomization.yaml')
    .sort()
    .flatMap((file) => parseAllDocuments(readFileSync(path.join(directory, file), 'utf8')))
    .map((document) => document.toJS())
    .filter(Boolean);
}

function medians(samples) {
  const median = (key) => samples.map((sample) => sample[key]).sort((a, b) => a - b)[samples.length >> 1];
  return { seconds: median('seconds'), cpu: median('cpu'), mib: median('mib') };
}

function print(results, objectsEach, rivals) {
  const versions = `Node.js ${process.version}, cdktf ${packageVersion('cdktf')}, ${rivals}`;
  console.log(
    `${os.cpus().length} cores, ${versions}, ${objectsEach} objects a tenant, median of ${rounds}\n`,
  );
  console.log('| tenants | | seconds | CPU seconds | MiB at most | seconds, to ours | CPU, to ours |');
  console.log('| ---: | --- | ---: | ---: | ---: | ---: | ---: |');
  for (const { size, ...contestants } of results) {
    for (const [name, { seconds, cpu, mib }] of Object.entries(contestants)) {
      const ratios = [seconds / contestants.ours.seconds, cpu / contestants.ours.cpu];
      const figures = [
        seconds.toFixed(2),
        cpu.toFixed(2),
        mib.toFixed(0),
        ...ratios.map((ratio) => ratio.toFixed(2)),
      ];
      console.log(`| ${[size, name === 'ours' ? 'copilot-runtimes' : name, ...figures].join(' | ')} |`);
    }
  }
}

function packageVersion(name) {
  return JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')).version;
}
