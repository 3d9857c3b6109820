import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Identity } from '../../../topology/stand-in.js';
import { answer, type Answer, type ChatRequest } from './answer.js';
import { readBody, sendJson } from './http.js';

/** Serves one `POST …/chat/completions`, streamed or not. */
export async function serveChat(
  request: IncomingMessage,
  response: ServerResponse,
  identity: () => Identity,
): Promise<void> {
  const body = await readBody(request);
  let chat: ChatRequest;
  try {
    chat = JSON.parse(body) as ChatRequest;
  } catch {
    return sendJson(response, 400, {
      error: { message: 'the body is not JSON', type: 'invalid_request_error' },
    });
  }
  const said = answer(chat, identity);
  const head = {
    id: `chatcmpl-${randomUUID()}`,
    created: Math.floor(Date.now() / 1000),
    model: chat.model ?? '',
  };
  const usage = usageOf(body.length, said);
  if (chat.stream) return stream(response, head, said, usage);
  await delay((said.intervalMs ?? 0) * said.pieces.length);
  const message = {
    role: 'assistant',
    content: said.call ? null : said.pieces.join(''),
    tool_calls: toolCalls(said),
  };
  sendJson(response, 200, {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, finish_reason: finish(said) }],
    usage,
  });
}

async function stream(response: ServerResponse, head: object, said: Answer, usage: object): Promise<void> {
  const send = (delta: object, reason: string | null = null) => {
    const chunk = {
      ...head,
      object: 'chat.completion.chunk',
      choices: [{ index: 0, delta, finish_reason: reason }],
    };
    response.write(`data: ${JSON.stringify(chunk)}\n\n`);
  };
  response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
  send({ role: 'assistant', content: '' });
  if (said.call) send({ tool_calls: toolCalls(said)?.map((call, index) => ({ index, ...call })) });
  for (const content of said.pieces) {
    if (said.intervalMs) await delay(said.intervalMs);
    // The client went away in the middle of a slow answer.
    if (response.destroyed) return;
    send({ content });
  }
  send({}, finish(said));
  response.write(
    `data: ${JSON.stringify({ ...head, object: 'chat.completion.chunk', choices: [], usage })}\n\n`,
  );
  response.end('data: [DONE]\n\n');
}

function toolCalls(said: Answer) {
  return said.call && [{ id: `call_${randomUUID()}`, type: 'function', function: said.call }];
}

function finish(said: Answer): string {
  return said.call ? 'tool_calls' : 'stop';
}

/** Rough but plausible counts: four characters are about a token. */
function usageOf(requestLength: number, said: Answer) {
  const prompt = Math.ceil(requestLength / 4);
  const completion = Math.ceil(said.pieces.join('').length / 4) + 1;
  return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
}
