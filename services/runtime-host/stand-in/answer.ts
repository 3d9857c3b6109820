import { findDirective, PLAIN_REPLY, TOOL_RESULT, type Identity } from '../../../topology/stand-in.js';

/** The parts of a chat completion request that decide the answer. */
export interface ChatRequest {
  readonly model?: string;
  readonly stream?: boolean;
  readonly messages?: readonly ChatMessage[];
  readonly tools?: readonly { readonly function?: { readonly name?: string } }[];
}

interface ChatMessage {
  readonly role: string;
  readonly content?: string | readonly { readonly type: string; readonly text?: string }[] | null;
}

/** What the stand-in model says. */
export interface Answer {
  /** Pieces of the text; empty when it is a tool call. */
  readonly pieces: readonly string[];
  /** Pause before each piece, in milliseconds. @default 0 */
  readonly intervalMs?: number;
  readonly call?: { readonly name: string; readonly arguments: string };
}

/** Answers as the last user message asks, see {@link findDirective}. */
export function answer(request: ChatRequest, identity: () => Identity): Answer {
  const messages = request.messages ?? [];
  const last = messages.at(-1);
  if (last?.role === 'tool') return say(TOOL_RESULT + textOf(last));
  const users = messages.filter((message) => message.role === 'user').map(promptOf);
  const text = users.at(-1) ?? '';
  const asked = findDirective(text);
  if (!asked) return say(PLAIN_REPLY + text);
  if ('reply' in asked) return say(asked.reply);
  if ('offered' in asked)
    return say(JSON.stringify((request.tools ?? []).map((tool) => tool.function?.name)));
  if ('recall' in asked) return say(JSON.stringify(users));
  if ('identify' in asked) return say(JSON.stringify(identity()));
  if ('stream' in asked) {
    const { chunks, intervalMs } = asked.stream;
    return {
      pieces: Array.from({ length: chunks }, (_, at) => `chunk ${at + 1} of ${chunks}\n`),
      intervalMs,
    };
  }
  if ('call' in asked) {
    return {
      pieces: [],
      call: { name: asked.call.tool, arguments: JSON.stringify(asked.call.arguments ?? {}) },
    };
  }
  return say(`unknown stand-in directive: ${JSON.stringify(asked)}`);
}

function say(text: string): Answer {
  return { pieces: [text] };
}

function textOf(message: ChatMessage): string {
  if (typeof message.content === 'string') return message.content;
  return (message.content ?? []).map((part) => part.text ?? '').join('');
}

/** A user message without the time that runtimes put before the prompt. */
function promptOf(message: ChatMessage): string {
  return textOf(message).replace(/^\s*<current_datetime>[^<]*<\/current_datetime>\s*/, '');
}
