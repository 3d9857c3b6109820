import { InputError, quote } from '../../topology/problems.js';

/** How cdktf marks a value that only Terraform knows; in the text of a user it would stand for somebody's value. */
const CDKTF_MARK = 'TfToken[';

/**
 * Makes text out of a file safe for Terraform, which would read `${file("/etc/passwd")}` and `%{if …}` in it as
 * templates. Values that cdktf makes (tokens) must not come here: escape user text before tokens meet it.
 *
 * @throws {InputError} for text that cdktf would take for one of its tokens
 */
export function escapeTemplate(text: string): string {
  if (text.includes(CDKTF_MARK)) {
    throw new InputError('topology', [
      {
        path: [],
        message: `must not contain "${CDKTF_MARK}", by which cdktf marks its own values, got ${quote(text)}: write it otherwise`,
      },
    ]);
  }
  // By functions: in a replacement text, $$ would mean one $.
  return text.replaceAll('${', () => '$${').replaceAll('%{', () => '%%{');
}

/** {@link escapeTemplate} for every string (keys too) of a plain value such as a plan. */
export function escapeTemplates<T>(value: T): T {
  return map(value) as T;
}

function map(value: unknown): unknown {
  if (typeof value === 'string') return escapeTemplate(value);
  if (Array.isArray(value)) return value.map(map);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [escapeTemplate(key), map(entry)]));
}
