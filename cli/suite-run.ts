import { RunError } from '../local/index.js';
import {
  concernedWith,
  exitCodeOf,
  oldTokensOf,
  printEvent,
  prepareReportDirectory,
  redactReport,
  renderTerminal,
  runSuite,
  selectChecks,
  type OldToken,
  type OldTokens,
  type Report,
  writeReports,
  type SuiteOptions,
  type Target,
} from '../smoke/index.js';
import { readInput } from '../stacks/files.js';
import { parseManifest, type Manifest } from '../topology/index.js';

import { UsageError } from './exit.js';
import { readOldTokens, type OldTokenFile } from './old-tokens.js';
import { colors, print, width } from './output.js';
import { eventProgress, suiteProgress } from './progress.js';
import { targetOf, type ClusterFlags } from './suite-target.js';

/** Options that `smoke` and `up` share. */
export interface SuiteFlags {
  readonly only?: string;
  readonly tenant?: string;
  readonly report?: string;
  readonly exhaustive?: boolean;
  readonly strict?: boolean;
  readonly undisturbed?: boolean;
  readonly oldToken?: readonly OldTokenFile[];
  /** Lines for programs instead of text for people. */
  readonly events?: boolean;
}

/** The options of a run, but for what needs a manifest to be understood. */
export interface PreparedSuite extends Omit<SuiteOptions, 'oldTokens'> {
  readonly oldTokens: readonly OldToken[];
}

/** What must hold before anything is started: known checks, and a place for the reports. */
export async function prepareSuite(flags: SuiteFlags): Promise<PreparedSuite> {
  const only = listOf(flags.only);
  const tenants = listOf(flags.tenant);
  try {
    selectChecks(only);
  } catch (error) {
    throw new UsageError(`--only: ${messageOf(error)}`);
  }
  const oldTokens = await readOldTokens(flags.oldToken, only);
  if (flags.report !== undefined) await prepareReportDirectory(flags.report);
  const { exhaustive = false, strict = false, undisturbed = false } = flags;
  return { ...(only && { only }), ...(tenants && { tenants }), oldTokens, exhaustive, strict, undisturbed };
}

/** The options of the suite as a command line of its own has them. Old tokens stay in the files of this machine. */
export function suiteArguments({ only, tenant, exhaustive, undisturbed, strict }: SuiteFlags): string[] {
  return [
    ...(only === undefined ? [] : ['--only', only]),
    ...(tenant === undefined ? [] : ['--tenant', tenant]),
    ...(exhaustive ? ['--exhaustive'] : []),
    ...(undisturbed ? ['--undisturbed'] : []),
    ...(strict ? ['--strict'] : []),
  ];
}

const listOf = (text: string | undefined) => text?.split(',').map((id) => id.trim());

/** What the suite is run against. */
export interface OpenDeployment {
  readonly manifest: Manifest;
  readonly target: Target;
}

/** @throws {InputError} when the manifest cannot be used */
export async function readManifest(file: string): Promise<Manifest> {
  return parseManifest(await readInput(file), file);
}

/** @throws {InputError} when the manifest cannot be used */
export async function openDeployment(
  manifestFile: string,
  cluster: ClusterFlags = {},
): Promise<OpenDeployment> {
  const manifest = await readManifest(manifestFile);
  return { manifest, target: await targetOf(manifest, manifestFile, cluster) };
}

/**
 * Runs the suite against a deployment, shows its progress and result, and writes the reports.
 *
 * @param secrets values that must not appear in any output, beside those that the manifest has a place for
 * @returns the exit code
 */
export async function proveDeployment(
  { manifest, target }: OpenDeployment,
  prepared: PreparedSuite,
  flags: SuiteFlags,
  secrets: readonly string[] = [],
): Promise<number> {
  const options: SuiteOptions = { ...prepared, oldTokens: understood(manifest, prepared) };
  const known = [...secrets, ...prepared.oldTokens.map(({ value }) => value)];
  try {
    return await presentRun(flags, async (onProgress) => {
      const found = await runSuite(manifest, target, { ...options, onProgress });
      return redactReport(found, [...known, ...(await secretsOf(manifest, target))]);
    });
  } finally {
    await target.close();
  }
}

/** Shows the progress of the suite, wherever it runs, and then its report. @returns the exit code */
export async function presentRun(
  flags: SuiteFlags,
  run: (onProgress: ReturnType<typeof suiteProgress>['update']) => Promise<Report>,
): Promise<number> {
  const progress = flags.events ? eventProgress : suiteProgress();
  try {
    const report = await run(progress.update);
    progress.clear();
    return await presentReport(report, flags);
  } finally {
    progress.clear();
  }
}

/** Refuses tenants that the manifest does not know. @returns old tokens by whom they let in */
function understood(manifest: Manifest, { tenants, oldTokens }: PreparedSuite): OldTokens {
  try {
    concernedWith(manifest, tenants);
  } catch (error) {
    throw new UsageError(`--tenant: ${messageOf(error)}`);
  }
  try {
    return oldTokensOf(manifest, oldTokens);
  } catch (error) {
    throw new UsageError(`--old-token: ${messageOf(error)}`);
  }
}

/** Shows a report and writes its files. @returns the exit code */
async function presentReport(report: Report, flags: SuiteFlags): Promise<number> {
  if (flags.events) print(printEvent({ type: 'report', report }));
  else print(renderTerminal(report, { color: colors.isColorSupported, width: width() }));
  if (flags.report !== undefined) {
    const { html } = await writeReports(report, flags.report).catch((error: unknown) => {
      throw new RunError(`cannot write the report to ${flags.report}: ${messageOf(error)}`, { cause: error });
    });
    if (!flags.events) print(`report: ${html}`);
  }
  return exitCodeOf(report);
}

/** What the suite itself has read; a value that cannot be read was in nobody's hands. */
async function secretsOf({ runtimes, routes }: Manifest, target: Target): Promise<string[]> {
  const places = [
    ...Object.values(runtimes).flatMap(({ connectionToken, provider }) => [
      connectionToken,
      ...(provider?.apiKey ? [provider.apiKey] : []),
    ]),
    ...Object.values(routes).flatMap((route) => (route.to === 'pool' ? [route.token] : [])),
  ];
  const values = await Promise.all(places.map((place) => target.secret(place).catch(() => '')));
  return values.filter((value) => value !== '');
}

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));
