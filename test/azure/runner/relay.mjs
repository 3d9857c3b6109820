// Runs in the network of the container groups and leads what they ask for to the stand-in, which is outside: over
// sockets in a folder, for the two networks know nothing of each other. It also asks probes. Ends with its standard input.
import http from 'node:http';
import net from 'node:net';
import path from 'node:path';

const [folder] = process.argv.slice(2);

/** @param first What the stand-in is told of a caller before anything else */
function forward(host, port, socket, first) {
  const server = net.createServer((client) => {
    const upstream = net.connect(path.join(folder, socket));
    if (first) upstream.write(first(client));
    client.pipe(upstream).pipe(client);
    for (const [one, other] of [
      [client, upstream],
      [upstream, client],
    ])
      one.on('error', () => other.destroy()).on('close', () => other.destroy());
  });
  return new Promise((resolve) => server.listen(port, host, resolve));
}

/** Answers `GET /?url=…&timeout=<ms>` with the status that the URL has, or 0 and why there is none. */
function probes() {
  const server = http.createServer((request, response) => {
    const { searchParams } = new URL(request.url, 'http://relay');
    const done = (outcome) => response.end(JSON.stringify(outcome));
    const timeout = Number(searchParams.get('timeout'));
    const probe = http.get(searchParams.get('url'), { timeout, agent: false }, (answer) => {
      answer.resume();
      done({ status: answer.statusCode });
    });
    probe.on('timeout', () => probe.destroy(new Error('timeout')));
    probe.on('error', (error) => done({ status: 0, why: error.code ?? error.message }));
  });
  return new Promise((resolve) => server.listen(path.join(folder, 'probe.sock'), resolve));
}

await forward('169.254.169.254', 80, 'identity.sock', ({ remoteAddress }) => `${remoteAddress}\n`);
await forward('168.63.129.16', 443, 'tls.sock');
await probes();
process.stdin.resume().on('end', () => process.exit());
console.log('ready');
