/** Parts of the page. `it` is the view; every `<%=` is escaped. */

export const HEADER = /* html */ `
<header>
<p class="kicker">Copilot runtimes <span>Smoke report</span></p>
<h1><%= it.report.name %></h1>
<div class="summary">
<div class="outcome <%= it.report.verdict %>">
<p class="verdict"><svg class="icon" aria-hidden="true"><use href="#i-<%= it.report.verdict %>"/></svg><%= it.headline.verdict %></p>
<% it.headline.details.forEach((detail) => { %><p><% if (detail.mark) { %><svg class="icon <%= detail.mark %>" aria-hidden="true"><use href="#i-<%= detail.mark %>"/></svg><% } %><%= detail.text %></p>
<% }) %>
</div>
<dl class="facts">
<div><dt>Pattern</dt><dd><%= it.report.pattern %></dd></div>
<div><dt>Target</dt><dd><%= it.report.target %></dd></div>
<div><dt>Tenants</dt><dd><%= it.tenants %></dd></div>
<div><dt>Started</dt><dd><time datetime="<%= it.report.startedAt %>"><%= it.started %></time></dd></div>
<div><dt>Took</dt><dd><%= it.took %></dd></div>
</dl>
</div>
<div class="bar" aria-hidden="true"><% it.counts.forEach(({ verdict, count }) => { if (count > 0) { %><i class="<%= verdict %>" style="flex-grow:<%= count %>"></i><% } }) %></div>
<ul class="counts" aria-label="Results by verdict">
<% it.counts.forEach(({ verdict, count }) => { %>
<li class="<%= verdict %><%= count === 0 ? ' none' : '' %>"><svg class="icon" aria-hidden="true"><use href="#i-<%= verdict %>"/></svg><b><%= count %></b> <%= verdict %></li>
<% }) %>
</ul>
</header>
`;

export const FINDINGS = /* html */ `
<% if (it.failures.length > 0) { %>
<section aria-labelledby="failures">
<h2 id="failures">What failed</h2>
<% it.failures.forEach((finding) => { %>
<article class="finding failed" id="<%= finding.anchor %>">
<h3><svg class="icon" aria-hidden="true"><use href="#i-failed"/></svg><a href="#<%= it.anchorOf('check', finding.check) %>"><%= finding.check %></a></h3>
<% if (finding.why) { %><p class="why"><%= finding.why %></p><% } %>
<dl>
<div><dt>Where</dt><dd><ul class="subjects"><% finding.subjects.forEach((subject) => { %><li><%= subject %></li><% }) %></ul></dd></div>
<% if (finding.said.expected) { %><div><dt>Expected</dt><dd class="text"><%= finding.said.expected %></dd></div><% } %>
<% if (finding.said.seen) { %><div><dt>Seen</dt><dd class="text seen<%= finding.said.seen.includes('\\n') ? ' output' : '' %>"><%= finding.said.seen %></dd></div><% } %>
<% if (finding.said.advice) { %><div><dt>What to do</dt><dd class="text advice"><%= finding.said.advice %></dd></div><% } %>
</dl>
</article>
<% }) %>
</section>
<% } %>
`;

export const MATRIX = /* html */ `
<section aria-labelledby="matrix">
<h2 id="matrix">Tenant by tenant</h2>
<% if (it.matrix.pairs.length === 0) { %>
<p>There are no two active tenants, so there is no pair to look at.</p>
<% } else { %>
<p class="lead">Each cell answers: what came out when the tenant of the <em>row</em> tried to reach the tenant of the <em>column</em>? It shows the worst result; choose it to see all of them.</p>
<div class="scroll" role="region" aria-labelledby="matrix" tabindex="0">
<table class="matrix<%= it.matrix.rotated ? ' rotated' : '' %>">
<thead><tr><th scope="col" class="corner">from ↓ <span>to →</span></th><% it.matrix.columns.forEach((to) => { %><th scope="col"><span><%= to.id %></span></th><% }) %></tr></thead>
<tbody>
<% it.matrix.rows.forEach((row) => { %>
<tr><th scope="row"><span class="tenant"><%= row.id %></span> <span class="route"><%= row.route %></span></th><% row.cells.forEach((cell) => { if (!cell) { %><td class="self"><span class="hidden">itself</span></td><% } else { %><td><a class="<%= cell.verdict %>" href="#<%= cell.anchor %>" title="<%= cell.from %> → <%= cell.to %>: <%= cell.verdict %>"><svg class="icon" aria-hidden="true"><use href="#i-<%= cell.verdict %>"/></svg><span class="hidden"><%= cell.verdict %></span></a></td><% } }) %></tr>
<% }) %>
</tbody>
</table>
</div>
<ul class="legend">
<li class="passed"><svg class="icon" aria-hidden="true"><use href="#i-passed"/></svg><b>passed</b> no way across was found</li>
<li class="failed"><svg class="icon" aria-hidden="true"><use href="#i-failed"/></svg><b>failed</b> a way across, or a check that broke off</li>
<li class="accepted"><svg class="icon" aria-hidden="true"><use href="#i-accepted"/></svg><b>accepted</b> a way across that the topology accepts</li>
<li class="skipped"><svg class="icon" aria-hidden="true"><use href="#i-skipped"/></svg><b>skipped</b> a check could not be made here</li>
<li class="untested"><svg class="icon" aria-hidden="true"><use href="#i-untested"/></svg><b>untested</b> results are missing; no claim is made</li>
</ul>
<% it.matrix.pairs.forEach((pair) => { %>
<div class="pair" id="<%= pair.anchor %>"><h3><svg class="icon <%= pair.verdict %>" aria-hidden="true"><use href="#i-<%= pair.verdict %>"/></svg><%= pair.from %> → <%= pair.to %>: <%= pair.verdict %></h3><% if (pair.verdict === 'untested') { %><p>Not every check has a result for this direction. A large deployment is sampled unless the suite runs with --exhaustive.</p><% } %><ul><% pair.lines.forEach((line) => { %><li><svg class="icon <%= line.verdict %>" aria-hidden="true"><use href="#i-<%= line.verdict %>"/></svg><a href="#<%= line.link %>"><%= line.check %></a> <span><%= line.tally %></span></li><% }) %></ul><a class="close" href="#matrix">close</a></div>
<% }) %>
<% } %>
<% if (it.matrix.idle.length > 0) { %>
<p class="idle"><b>Not running, so not tried:</b> <% it.matrix.idle.forEach((tenant, index) => { %><%= index > 0 ? ', ' : '' %><span class="tenant"><%= tenant.id %></span> (<%= tenant.route %>)<% }) %></p>
<% } %>
</section>
<% if (it.acceptances.length > 0) { %>
<section aria-labelledby="accepted">
<h2 id="accepted">Known and accepted</h2>
<p class="lead">Not as it should be, and the topology says that this is known. Take its key out to have it fail.</p>
<% it.acceptances.forEach((one) => { %>
<article class="finding accepted">
<h3><svg class="icon" aria-hidden="true"><use href="#i-accepted"/></svg><a href="#<%= it.anchorOf('check', one.check) %>"><%= one.check %></a></h3>
<dl>
<div><dt>Accepted by</dt><dd><code><%= one.key %></code></dd></div>
<div><dt>Where</dt><dd><ul class="subjects"><% one.subjects.forEach((subject) => { %><li><%= subject %></li><% }) %></ul></dd></div>
<% if (one.seen) { %><div><dt>Seen</dt><dd class="text"><%= one.seen %></dd></div><% } %>
</dl>
</article>
<% }) %>
</section>
<% } %>
`;

export const CHECKS = /* html */ `
<section aria-labelledby="checks">
<h2 id="checks">Checks</h2>
<div class="checks">
<% it.checks.forEach((check) => { %>
<details class="check" id="<%= check.anchor %>"<%= check.verdict === 'failed' ? ' open' : '' %>>
<summary><svg class="icon <%= check.verdict %>" aria-hidden="true"><use href="#i-<%= check.verdict %>"/></svg><span class="hidden"><%= check.verdict %>: </span><span class="what"><span class="id"><%= check.id %></span><span class="why"><%= check.why %></span></span><span class="tally"><%= check.tally %></span><span class="took"><%= check.took %></span></summary>
<% if (check.groups.length === 0) { %><p class="results">It was asked for, but there are no results: nothing it applies to, or the run broke off.</p><% } %>
<% check.groups.forEach((group) => { %><ul class="results <%= group.verdict %>" aria-label="<%= group.verdict %>"><% group.results.forEach((line) => { %><li><svg class="icon <%= group.verdict %>" aria-hidden="true"><use href="#i-<%= group.verdict %>"/></svg><span class="hidden"><%= group.verdict %>: </span><span class="subject"><%= line.subject %></span><% if (line.note) { %><span class="note"><%= line.note %></span><% } %><span class="took"><%= line.took %></span></li><% }) %></ul><% }) %>
</details>
<% }) %>
</div>
</section>
<% if (it.skips.length > 0) { %>
<section aria-labelledby="skipped">
<h2 id="skipped">Skipped</h2>
<% it.skips.forEach((skip) => { %>
<article class="skip"><h3><svg class="icon skipped" aria-hidden="true"><use href="#i-skipped"/></svg><%= skip.reason %></h3>
<ul><% skip.checks.forEach(({ check, subjects }) => { %><li><a href="#<%= it.anchorOf('check', check) %>"><%= check %></a> <span><%= it.plural(subjects.length, 'result') %></span></li><% }) %></ul></article>
<% }) %>
</section>
<% } %>
`;
