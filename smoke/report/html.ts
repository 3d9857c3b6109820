import { Eta } from 'eta/core';

import type { Report } from '../model.js';

import { PAGE } from './html/page.js';
import { CHECKS, FINDINGS, HEADER, MATRIX } from './html/sections.js';
import { STYLE } from './html/style.js';
import { viewOf } from './html/view.js';

/** Everything that is interpolated is escaped; eta's core cannot read files. */
const eta = new Eta({ autoEscape: true, autoTrim: [false, 'nl'], rmWhitespace: true });
eta.loadTemplate('@header', HEADER);
eta.loadTemplate('@findings', FINDINGS);
eta.loadTemplate('@matrix', MATRIX);
eta.loadTemplate('@checks', CHECKS);
eta.loadTemplate('@style', STYLE);
eta.loadTemplate('@page', PAGE);

/** One page that needs nothing else: no script, no font, no picture, nothing from any network. */
export function renderHtml(report: Report): string {
  return eta.render('@page', viewOf(report));
}
