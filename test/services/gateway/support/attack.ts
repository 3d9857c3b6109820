import type { RawClient, Answer } from './raw.js';

/** Ways to write the id of a session of another tenant. */
export const spellings = (victim: string, tenant: string) => [
  victim,
  `${tenant}__${victim}`,
  `__${victim}`,
  `../${tenant}__${victim}`,
  `${tenant}\u005f_${victim}`,
];

/** Parameters that some call takes, and that let it do something. */
const LURES = {
  prompt: 'intruder',
  requestId: 'x',
  result: 'intruder',
  message: 'intruder',
  command: 'id',
  path: 'x',
  content: 'x',
  modelId: 'm',
  name: 'intruder',
  enabled: true,
  eventType: 'x',
};

/** Parameters that the table lets through, so that the call itself is reached and not only its check. */
const FITTING: Readonly<Record<string, object>> = {
  'session.send': { prompt: 'intruder' },
  'session.log': { message: 'intruder' },
  'session.name.set': { name: 'intruder' },
  'session.model.switchTo': { modelId: 'm' },
  'session.model.setReasoningEffort': { reasoningEffort: 'low' },
  'session.tools.handlePendingToolCall': { requestId: 'x', result: 'intruder' },
  'session.options.update': { skipCustomInstructions: true },
};

export interface Tried {
  readonly method: string;
  readonly sessionId: string;
  readonly answer: Answer;
}

/** Calls every method about every session, each with fitting parameters and with lures. */
export async function tryEverything(
  client: RawClient,
  methods: readonly string[],
  sessionIds: readonly string[],
  options: object,
): Promise<Tried[]> {
  const tries = methods.flatMap((method) =>
    sessionIds.flatMap((sessionId) =>
      [FITTING[method] ?? (/\.(create|resume)$/.test(method) ? options : {}), LURES].map(async (params) => ({
        method,
        sessionId,
        answer: await client.call(method, { sessionId, ...params }),
      })),
    ),
  );
  return Promise.all(tries);
}
