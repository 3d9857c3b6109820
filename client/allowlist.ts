import { ToolSet } from '@github/copilot-sdk';

/** Where a tool comes from, as an allowlist names it. */
const ORIGINS = ['builtin', 'custom', 'mcp'] as const;

/** An allowlist that the SDK would accept silently although it allows something else than was meant. */
export class AllowlistError extends TypeError {
  override readonly name = 'AllowlistError';
}

/**
 * Checks `availableTools` before a session is created or resumed. The SDK accepts `foo:*` and `custom:` without a
 * word, and `builtin:*` gives a tenant the shell of the runtime.
 *
 * @throws {AllowlistError} with every wrong entry
 */
export function assertAllowlist(tools: readonly string[] | ToolSet | undefined): void {
  if (tools === undefined) {
    throw new AllowlistError('availableTools is required: name the tools, e.g. ["custom:*"], or [] for none');
  }
  const entries = tools instanceof ToolSet ? tools.toArray() : tools;
  const mistakes = entries.flatMap((entry) => mistake(entry) ?? []);
  if (mistakes.length > 0) throw new AllowlistError(`availableTools ${mistakes.join('; ')}`);
}

function mistake(entry: string): string | undefined {
  const [, origin, name] = /^([^:]*):(.*)$/s.exec(entry) ?? [];
  const quoted = JSON.stringify(entry);
  if (origin === undefined || !(ORIGINS as readonly string[]).includes(origin)) {
    return `${quoted} names no origin: write ${ORIGINS.map((known) => `${known}:<tool>`).join(', ')}`;
  }
  if (name === undefined || !/^(\*|[A-Za-z0-9_.-]+)$/.test(name)) {
    return `${quoted} names no tool: write ${origin}:<tool>${origin === 'builtin' ? '' : ` or ${origin}:*`}`;
  }
  if (origin === 'builtin' && name === '*') {
    return `${quoted} allows the shell and the files of the runtime: name the built-in tools one by one`;
  }
  return undefined;
}
