import { closest, distance } from 'fastest-levenshtein';

/** Options of the SDK's client that do nothing, or harm, when a runtime runs elsewhere, and what to do instead. */
const REFUSED: Readonly<Record<string, string>> = {
  autoStart: 'the client is connected when you get it: leave it out',
  baseDirectory: "a runtime's home is set where it is deployed: leave it out",
  builtinPluginDirectories: 'they are read by a runtime that the SDK starts itself: leave it out',
  cliPath: 'no runtime is started here: leave it out',
  cliUrl: 'the SDK ignores it and starts a runtime of its own: the address comes from the manifest',
  connection: 'the way to the runtime comes from the manifest: leave it out',
  env: "a runtime's environment is set where it is deployed: leave it out",
  logLevel: 'it is a setting of a runtime that the SDK starts itself: leave it out',
  mode: 'clients are always in empty mode: leave it out',
  requestHandler:
    'it takes over the model calls of every session on the runtime: pass a provider with each session',
  sessionFs: 'it takes over the files of every session on the runtime: leave it out',
  sessionIdleTimeoutSeconds:
    'it is set where the runtime is deployed (topology: idleTimeoutSeconds): leave it out',
  telemetry: 'it is set where the runtime is deployed (topology: runtime.telemetry): leave it out',
  useLoggedInUser: "a runtime's identity is set where it is deployed (topology: auth): leave it out",
  workingDirectory: 'sessions have one each: pass it with the session',
};

/** Options that the SDK would take without a word although they do nothing. */
export class OptionsError extends TypeError {
  override readonly name = 'OptionsError';
}

/**
 * Looks for options that would be ignored, for callers without types.
 *
 * @throws {OptionsError} with every one of them
 */
export function assertOptions(
  options: object,
  known: readonly string[],
  refused: Readonly<Record<string, string>> = {},
): void {
  const mistakes = Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => {
      const why = { ...REFUSED, ...refused }[name];
      if (why !== undefined) return `${name} cannot be used: ${why}`;
      const near = closest(name, [...known]);
      const hint =
        distance(name, near) <= Math.max(2, name.length / 3)
          ? `did you mean ${near}?`
          : `use ${known.join(', ')}`;
      return `${name} is not a known option: ${hint}`;
    });
  if (mistakes.length > 0) throw new OptionsError(mistakes.join('; '));
}
