import type { Report } from '../model.js';

/** Fields with words of a fixed set or a clock's reading: nobody else's text can be in them. */
const FIXED = new Set(['verdict', 'scope', 'pattern', 'target', 'startedAt']);

/** A copy of a report with every free text changed. */
export function mapStrings(report: Report, change: (text: string) => string): Report {
  const walk = (value: unknown): unknown => {
    if (typeof value === 'string') return change(value);
    if (Array.isArray(value)) return value.map(walk);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, FIXED.has(key) ? inner : walk(inner)]),
    );
  };
  return walk(report) as Report;
}
