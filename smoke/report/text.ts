import type { MatrixCell, Result } from '../model.js';

/** Marks in plain text; a word or a legend stands beside them. */
export const MARKS: Readonly<Record<MatrixCell['verdict'], string>> = {
  passed: '✔',
  failed: '✘',
  accepted: '≈',
  skipped: '–',
  untested: '?',
};

/** Control, format and surrogate characters: they drive terminals, turn text around and break XML. */
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029\uFFFE\uFFFF]/gu;

/** Shows what cannot be seen; keeps line breaks and tabs. */
export function visible(text: string): string {
  return text
    .replaceAll('\r\n', '\n')
    .replace(UNSEEN, (character) =>
      character === '\n' || character === '\t' ? character : nameOf(character),
    );
}

/** As {@link visible}, on one line, so that nobody's name can look like a line of ours. */
export function oneLine(text: string): string {
  return visible(text).replace(/[\n\t]/g, nameOf);
}

function nameOf(character: string): string {
  const code = character.codePointAt(0)!;
  if (code < 0x20) return String.fromCodePoint(0x2400 + code);
  return `\\u{${code.toString(16)}}`;
}

/** `tenant/acme`, or `tenant/acme → tenant/globex`. */
export function subjectOf({ from, to }: Pick<Result, 'from' | 'to'>): string {
  return to === undefined ? from : `${from} → ${to}`;
}

export function durationText(milliseconds: number): string {
  if (milliseconds < 999.5) return `${Math.round(milliseconds)} ms`;
  if (milliseconds < 59_950) return `${(milliseconds / 1000).toFixed(1)} s`;
  const seconds = Math.round(milliseconds / 1000);
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`;
}

/** `21 November 2026, 11:38 UTC`. */
export function timeText(iso: string): string {
  const date = new Date(iso);
  if (Number.isNaN(date.getTime())) return iso;
  const day = date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'long',
    year: 'numeric',
    timeZone: 'UTC',
  });
  return `${day}, ${date.toISOString().slice(11, 16)} UTC`;
}

/** `1 result`, `2 results`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** `a, b and 3 more`. */
export function someOf(items: readonly string[], most: number): string {
  const rest = items.length - most;
  return rest <= 0 ? items.join(', ') : `${items.slice(0, most).join(', ')} and ${rest} more`;
}
