// Talks to the runtime of a container group from inside of it, as a client of its own would:
//   talk.mjs TOKEN say ID TEXT | recall ID | delete ID | stream ID UNTIL
// The last lets a turn run until there is a file of that name.
import { existsSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { connectRuntime } from '/app/dist/client/index.js';
import { directive, STAND_IN_MODEL } from '/app/dist/topology/stand-in.js';

const [connectionToken, what, id, text] = process.argv.slice(2);
const client = await connectRuntime({ address: '127.0.0.1:4321', connectionToken });
const settings = {
  availableTools: ['custom:*'],
  onPermissionRequest: () => ({ kind: 'approve-once' }),
  model: STAND_IN_MODEL,
  provider: { type: 'openai', baseUrl: 'http://127.0.0.1:4390/v1', apiKey: 'key' },
};
const ask = async (session, asked) => {
  const answer = await session.sendAndWait({ prompt: directive(asked) }, 10_000);
  console.log(answer?.data.content);
};
if (what === 'say') await ask(await client.createSession({ sessionId: id, ...settings }), { reply: text });
if (what === 'recall') await ask(await client.resumeSession(id, settings), { recall: true });
if (what === 'delete') await client.deleteSession(id);
if (what === 'stream') {
  const session = await client.createSession({ sessionId: id, ...settings });
  await session.send({ prompt: directive({ stream: { chunks: 600, intervalMs: 100 } }) });
  while (!existsSync(text)) await delay(100);
  await session.abort();
}
await client.stop();
process.exit();
