import type { z } from 'zod';

import { InputError, quote, type Problem } from './problems.js';

/**
 * Reads a JSON file that copilot-runtimes wrote itself (lock, manifest): a mistake in it is no slip of the pen, so
 * the message says where another copy comes from.
 *
 * @throws {InputError}
 */
export function readGenerated<T extends z.ZodObject>(
  text: string,
  source: string,
  schema: T,
  { version, restore }: { version: string; restore: string },
): z.output<T> {
  const refuse = (...problems: Problem[]): never => {
    throw new InputError(source, problems);
  };
  let input: unknown;
  try {
    input = JSON.parse(text);
  } catch {
    return refuse({ path: [], message: `is not valid JSON: ${restore}` });
  }
  if (typeof input !== 'object' || input === null || Array.isArray(input)) {
    return refuse({ path: [], message: `must be a JSON object, got ${quote(input)}: ${restore}` });
  }
  const got = (input as Record<string, unknown>)[version];
  const known = (schema.shape[version] as z.ZodLiteral).value;
  if (got !== known) {
    const message = `must be ${String(known)}, got ${quote(got)}: use the version of copilot-runtimes that wrote it, or ${restore}`;
    return refuse({ path: [version], message });
  }
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  return refuse(
    ...result.error.issues.map(({ path, message }) => ({
      path: path.map(String),
      message: `is not what this version writes (${message.charAt(0).toLowerCase()}${message.slice(1)}): ${restore}`,
    })),
  );
}
