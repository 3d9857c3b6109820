import { isObject } from '../message.js';

import { any, only, type KeyRule } from './keys.js';

/** A file, directory or selection would be read on the replica; what is on GitHub or in the message is not. */
const attachments: KeyRule = (value) => {
  if (value === null) return undefined;
  if (!Array.isArray(value)) return 'must be a list';
  for (const attachment of value as unknown[]) {
    if (isObject(attachment) && attachment.type === 'blob') continue;
    return 'must be of type "blob", with their content in them: others are read from the files of the replica';
  }
  return undefined;
};

export const SEND: Readonly<Record<string, KeyRule>> = {
  sessionId: any,
  prompt: any,
  displayPrompt: any,
  attachments,
  mode: any,
  prepend: any,
  requiredTool: any,
  agentMode: only('interactive', 'plan'),
  requestHeaders: any,
  responseFormat: any,
  traceparent: any,
  tracestate: any,
  wait: any,
};
