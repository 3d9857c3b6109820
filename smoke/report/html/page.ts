/** The frame of the HTML report. Nothing may be loaded and nothing may run: the policy says so to the browser. */
export const PAGE = /* html */ `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<title><%= it.title %></title>
<style><%~ include('@style', it) %></style>
</head>
<body>
<svg width="0" height="0" aria-hidden="true" class="symbols">
<symbol id="i-passed" viewBox="0 0 16 16"><path d="M3.2 8.6l3.2 3.1 6.4-7.2"/></symbol>
<symbol id="i-failed" viewBox="0 0 16 16"><path d="M4.2 4.2l7.6 7.6M11.8 4.2l-7.6 7.6"/></symbol>
<symbol id="i-skipped" viewBox="0 0 16 16"><path d="M3.8 8h8.4"/></symbol>
<symbol id="i-accepted" viewBox="0 0 16 16"><path d="M3 6.4c1.7-1.7 3.3-1.7 5 0s3.3 1.7 5 0M3 10.6c1.7-1.7 3.3-1.7 5 0s3.3 1.7 5 0"/></symbol>
<symbol id="i-untested" viewBox="0 0 16 16"><path d="M5.6 5.9a2.4 2.4 0 1 1 3.7 2c-.9.6-1.3 1-1.3 2M8 12.5v.1"/></symbol>
</svg>
<%~ include('@header', it) %>
<main>
<%~ include('@findings', it) %>
<%~ include('@matrix', it) %>
<%~ include('@checks', it) %>
</main>
<footer>
<p>Written by the smoke suite of copilot-runtimes. It says what was seen at the time above, and nothing of what changed since.</p>
</footer>
</body>
</html>
`;
