import type { Report } from '../model.js';

import { mapStrings } from './strings.js';

const REDACTED = '[redacted]';

/** A copy of a report without the given secrets, also as they look in URLs, JSON and Kubernetes Secrets. */
export function redactReport(report: Report, secrets: readonly string[]): Report {
  const forms = [...new Set(secrets.flatMap(formsOf))].filter((form) => form !== '');
  return forms.length === 0 ? report : mapStrings(report, (text) => redact(text, forms));
}

function formsOf(secret: string): string[] {
  return [secret, secret.trim()].flatMap((form) => [
    form,
    new URLSearchParams({ '': form }).toString().slice(1),
    JSON.stringify(form).slice(1, -1),
    Buffer.from(form).toString('base64'),
  ]);
}

/** Merges matches before it replaces: of two secrets that overlap, no end may be left standing. */
function redact(text: string, forms: readonly string[]): string {
  const matches = forms.flatMap((form) => placesOf(text, form)).sort((a, b) => a.start - b.start);
  let out = '';
  let done = 0;
  for (const { start, end } of matches) {
    if (start >= done) out += text.slice(done, start) + REDACTED;
    done = Math.max(done, end);
  }
  return out + text.slice(done);
}

function placesOf(text: string, form: string): { start: number; end: number }[] {
  const places = [];
  for (let start = text.indexOf(form); start >= 0; start = text.indexOf(form, start + 1)) {
    places.push({ start, end: start + form.length });
  }
  return places;
}
