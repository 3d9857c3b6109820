import { createDefaultHttpClient, type HttpClient } from '@azure/core-rest-pipeline';

/** How long one answer may take, in milliseconds. */
export const ANSWER_MS = 30_000;

/** The library's client with a deadline for each try: its own timer outlives an error, and the process with it. */
export function clientWithDeadline(): HttpClient {
  const client = createDefaultHttpClient();
  return {
    async sendRequest(request) {
      const asked = request.abortSignal as AbortSignal | undefined;
      request.abortSignal = AbortSignal.any([AbortSignal.timeout(ANSWER_MS), ...(asked ? [asked] : [])]);
      try {
        return await client.sendRequest(request);
      } finally {
        // Another try of the same request has a deadline of its own.
        if (asked) request.abortSignal = asked;
        else delete request.abortSignal;
      }
    },
  };
}
