/** Looks of the HTML report: calm, readable on paper and in the dark, a mark beside every colour. */
export const STYLE = /* css */ `
:root {
  --paper: #fcfcfb; --sheet: #fff; --ink: #1b1f24; --quiet: #5c6570; --line: #e3e5e8; --faint: #f3f4f5;
  --passed: #17734a; --passed-tint: #e3f2ea; --failed: #b3261e; --failed-tint: #fbe6e4;
  --accepted: #875a00; --accepted-tint: #fbefcf; --skipped: #5c6570; --skipped-tint: #eceef0;
  --untested: #6a4fb3; --untested-tint: #fff; --link: #1f5fa8;
  --sans: Inter, ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", sans-serif;
  --mono: ui-monospace, SFMono-Regular, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace;
}
@media (prefers-color-scheme: dark) { :root {
  --paper: #131619; --sheet: #1a1e22; --ink: #e4e7ea; --quiet: #9aa3ad; --line: #2d3339; --faint: #20252a;
  --passed: #6cc79a; --passed-tint: #173427; --failed: #f2948c; --failed-tint: #43201d;
  --accepted: #e0b354; --accepted-tint: #3b2f12; --skipped: #9aa3ad; --skipped-tint: #282d33;
  --untested: #b4a0ee; --untested-tint: #1a1e22; --link: #86b7ef;
} }
*, *::before, *::after { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body { margin: 0 auto; max-width: 68rem; padding: 3rem 2rem 4rem; background: var(--paper); color: var(--ink);
  font: 400 .9375rem/1.55 var(--sans); font-feature-settings: "cv11", "ss03"; overflow-wrap: anywhere; }
h1, h2, h3, p, ul, dl, dd { margin: 0; padding: 0; }
ul { list-style: none; }
a { color: inherit; text-decoration-color: var(--line); text-underline-offset: .2em; }
a:hover { color: var(--link); text-decoration-color: currentColor; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
.symbols { position: absolute; }
.icon { width: 1em; height: 1em; flex: none; fill: none; stroke: currentColor; stroke-width: 1.9; stroke-linecap: round; stroke-linejoin: round; vertical-align: -.125em; }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
.passed { --tone: var(--passed); --tint: var(--passed-tint); } .failed { --tone: var(--failed); --tint: var(--failed-tint); }
.accepted { --tone: var(--accepted); --tint: var(--accepted-tint); } .skipped { --tone: var(--skipped); --tint: var(--skipped-tint); }
.untested { --tone: var(--untested); --tint: var(--untested-tint); }

.kicker { font-size: .8125rem; font-weight: 600; color: var(--quiet); }
.kicker span { font-weight: 400; } .kicker span::before { content: "/"; margin: 0 .5em; color: var(--line); }
h1 { margin-top: .25rem; font-size: 2rem; line-height: 1.2; font-weight: 650; letter-spacing: -.022em; }
.summary { display: grid; grid-template-columns: minmax(0, 1fr) 19rem; gap: 2rem 3rem; margin-top: 1.75rem; align-items: start; }
.outcome { background: var(--tint); border-radius: .75rem; padding: 1.25rem 1.5rem 1.375rem; }
.outcome p + p { margin-top: .25rem; }
.outcome p:not(.verdict) .icon { color: var(--tone); margin-right: .5rem; }
.outcome .verdict { display: flex; align-items: center; gap: .625rem; margin-bottom: .625rem; color: var(--tone); font-size: 2.25rem; line-height: 1.15; font-weight: 650; letter-spacing: -.025em; }
.outcome .verdict .icon { width: .875em; height: .875em; stroke-width: 2.2; }
.facts { font-size: .875rem; }
.facts div { display: flex; justify-content: space-between; gap: 1rem; padding: .375rem 0; border-bottom: 1px solid var(--line); }
.facts div:last-child { border: 0; }
.facts dt { color: var(--quiet); } .facts dd { text-align: right; font-variant-numeric: tabular-nums; }
.bar { display: flex; gap: 2px; height: .375rem; margin-top: 2rem; border-radius: 1rem; overflow: hidden; }
.bar i { flex: 1 0 .375rem; background: var(--tone); } .bar .skipped { opacity: .45; }
.counts { display: flex; flex-wrap: wrap; gap: .25rem 1.75rem; margin-top: .75rem; font-size: .875rem; color: var(--quiet); }
.counts .icon { color: var(--tone); margin-right: .375rem; } .counts b { color: var(--ink); font-weight: 600; font-variant-numeric: tabular-nums; }
.counts .none { opacity: .75; } .counts .none b { color: inherit; font-weight: 400; }

section { margin-top: 3.25rem; }
h2 { font-size: 1.25rem; line-height: 1.3; font-weight: 650; letter-spacing: -.014em; margin-bottom: .5rem; scroll-margin-top: 1rem; }
.lead { max-width: 44rem; color: var(--quiet); margin-bottom: 1.25rem; } .lead em { font-style: normal; font-weight: 600; color: var(--ink); }
code, .tenant, .subjects, .subject, .id, .finding h3, .pair h3, .pair a, .skip a { font-family: var(--mono); font-size: .8125rem; }

.finding { margin-top: 1rem; padding: 1.125rem 1.5rem 1.25rem; background: var(--sheet); border: 1px solid var(--line); border-radius: .75rem; scroll-margin-top: 1rem; }
.finding h3 { display: flex; align-items: center; gap: .5rem; font-size: .9375rem; font-weight: 600; } .finding h3 .icon { color: var(--tone); }
.finding h3 a { text-decoration: none; } .finding h3 a:hover { text-decoration: underline; }
.finding .why { margin-top: .25rem; color: var(--quiet); }
.finding dl { margin-top: .875rem; display: grid; gap: .5rem; }
.finding dl div { display: grid; grid-template-columns: 7rem minmax(0, 1fr); gap: 1rem; }
.finding dt { color: var(--quiet); font-size: .875rem; } .finding dd { min-width: 0; }
.text { white-space: pre-wrap; } .output { font: .8125rem/1.6 var(--mono); padding: .5rem .75rem; background: var(--faint); border-radius: .375rem; } .seen { max-height: 22rem; overflow: auto; } .advice { font-weight: 600; }
.subjects { display: flex; flex-wrap: wrap; gap: .25rem .375rem; max-height: 12rem; overflow: auto; }
.subjects li { padding: .0625rem .5rem; background: var(--tint, var(--faint)); border-radius: .3125rem; }

.scroll { overflow: auto; max-height: 88vh; max-width: 100%; margin-bottom: 1.25rem; border: 1px solid var(--line); border-radius: .75rem; background: var(--sheet); width: fit-content; }
.matrix { border-collapse: separate; border-spacing: 0; font-size: .8125rem; overflow-wrap: normal; }
.matrix th { font-weight: 500; text-align: left; white-space: nowrap; background: var(--sheet); }
.matrix thead th { position: sticky; top: 0; z-index: 1; padding: .75rem .625rem .5rem; font-family: var(--mono); font-weight: 400; vertical-align: bottom; text-align: center; border-bottom: 1px solid var(--line); }
.matrix .corner { left: 0; z-index: 3; text-align: left; padding-left: 1.25rem; color: var(--quiet); font-family: var(--sans); }
.matrix .corner span { margin-left: .5rem; }
.matrix tbody th { position: sticky; left: 0; z-index: 2; padding: .1875rem 1.25rem; border-right: 1px solid var(--line); }
.matrix .tenant { display: inline-block; max-width: 14rem; overflow: hidden; text-overflow: ellipsis; vertical-align: middle; color: var(--ink); }
.route { color: var(--quiet); font-size: .75rem; margin-left: .5rem; vertical-align: middle; }
.matrix td { padding: .1875rem .1875rem; text-align: center; min-width: 5.5rem; }
.matrix .self::after { content: ""; display: block; height: 2.125rem; border-radius: .4375rem; background: var(--faint); }
.matrix tr > :last-child { padding-right: .5rem; } .matrix tr > :nth-child(2) { padding-left: .5rem !important; }
.matrix tbody tr:first-child > * { padding-top: .5rem; } .matrix tbody tr:last-child > * { padding-bottom: .5rem; }
.matrix td a { display: flex; align-items: center; justify-content: center; height: 2.125rem; border-radius: .4375rem; background: var(--tint); color: var(--tone); font-size: 1rem; text-decoration: none; }
.matrix td a:hover { box-shadow: inset 0 0 0 1.5px var(--tone); color: var(--tone); } .matrix a.failed { background: var(--failed); color: var(--sheet); }
.matrix a.untested { box-shadow: inset 0 0 0 1px var(--line); }
.matrix tbody tr:hover > th { background: var(--faint); }
.rotated thead th:not(.corner) { padding: .75rem 0 .5rem; height: 1px; }
.rotated thead th:not(.corner) span { writing-mode: vertical-rl; transform: rotate(180deg); max-height: 11rem; overflow: hidden; text-overflow: ellipsis; line-height: 1; }
.rotated tbody th { padding-block: 1px; } .rotated td { min-width: 1.625rem; padding: 1px; }
.rotated td a, .matrix.rotated .self::after { height: 1.5rem; border-radius: .25rem; font-size: .8125rem; }
.legend { display: flex; flex-wrap: wrap; gap: .25rem 1.75rem; font-size: .8125rem; color: var(--quiet); }
.legend .icon { color: var(--tone); margin-right: .4375rem; } .legend b { color: var(--ink); font-weight: 600; }
.idle { margin-top: 1rem; font-size: .875rem; color: var(--quiet); } .idle b { font-weight: 600; color: var(--ink); }
.pair { display: none; position: relative; margin-top: 1.25rem; padding: 1rem 1.25rem; background: var(--faint); border-radius: .75rem; scroll-margin-top: 30vh; }
.pair:target { display: block; }
.pair h3 { display: flex; align-items: center; gap: .5rem; font-weight: 600; font-size: .875rem; margin-right: 3rem; }
.pair p { margin-top: .375rem; color: var(--quiet); } .pair .icon, .check .icon, .skip .icon { color: var(--tone); }
.pair li { display: flex; flex-wrap: wrap; align-items: center; gap: 0 .5rem; margin-top: .375rem; } .pair li span { color: var(--quiet); font-size: .8125rem; }
.pair .close { position: absolute; top: 1rem; right: 1.25rem; font-family: inherit; color: var(--quiet); }

.checks { border-top: 1px solid var(--line); margin-top: 1rem; }
.check { border-bottom: 1px solid var(--line); scroll-margin-top: 1rem; }
.check summary { display: grid; grid-template-columns: 1.125rem minmax(0, 1fr) 9rem 4.5rem 1rem; gap: 0 .75rem; align-items: baseline; padding: .75rem .25rem; cursor: pointer; list-style: none; }
.check summary::-webkit-details-marker { display: none; }
.check summary::after { content: ""; width: .4375rem; height: .4375rem; border: solid var(--quiet); border-width: 0 1.5px 1.5px 0; transform: rotate(45deg) translate(-.125rem, -.125rem); justify-self: end; align-self: center; }
.check[open] summary::after { transform: rotate(225deg); }
.check summary:hover .id { color: var(--link); } .check:target summary { background: var(--faint); }
.check summary .icon { align-self: start; margin-top: .25rem; }
.id { display: block; font-weight: 600; } .check .why { display: block; color: var(--quiet); font-size: .875rem; }
.tally, .took { color: var(--quiet); font-size: .8125rem; text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; } .tally { white-space: normal; }
.results { padding: 0 .25rem .875rem 2.125rem; font-size: .875rem; color: var(--quiet); }
.results li { display: flex; align-items: baseline; gap: 0 .5rem; padding: .125rem 0; max-width: 52rem; }
.results.passed { columns: 24rem; column-gap: 2.5rem; } .results.passed li { break-inside: avoid; }
.results .icon { align-self: center; } .subject { color: var(--ink); }
.note { flex: 1; min-width: 0; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; } .results .took { margin-left: auto; }
.skip { margin-top: .75rem; } .skip h3 { font-size: .9375rem; font-weight: 500; display: flex; align-items: center; gap: .5rem; }
.skip ul { display: flex; flex-wrap: wrap; gap: .125rem 1.25rem; margin: .25rem 0 0 1.5rem; } .skip li span { color: var(--quiet); font-size: .8125rem; }
footer { margin-top: 3.5rem; padding-top: 1rem; border-top: 1px solid var(--line); color: var(--quiet); font-size: .8125rem; }

@media (max-width: 48rem) {
  body { padding: 1.5rem 1rem 3rem; } .summary { grid-template-columns: minmax(0, 1fr); gap: 1.25rem; }
  .finding dl div { grid-template-columns: minmax(0, 1fr); gap: 0; } .finding { padding-inline: 1.125rem; }
  .check summary { grid-template-columns: 1.125rem minmax(0, 1fr) 1rem; } .tally { grid-column: 2; grid-row: 2; text-align: left; } .check summary .took { display: none; }
  .matrix .route { display: none; } .matrix .tenant { max-width: 8rem; } .matrix tbody th, .matrix .corner { padding-inline: .75rem; }
}
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
@media print { body { max-width: none; padding: 0; } .scroll { max-height: none; overflow: visible; } .matrix th { position: static !important; } .matrix td a, .bar i, .outcome { print-color-adjust: exact; -webkit-print-color-adjust: exact; } .finding, .check { break-inside: avoid; } }
`;
