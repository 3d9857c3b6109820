import type { IncomingMessage, ServerResponse } from 'node:http';
import { STAND_IN_MODEL } from '../../../topology/stand-in.js';
import { serveChat } from './chat.js';
import { identityOf, pathOf, sendJson } from './http.js';

/** Where a session's `provider.baseUrl` points to, below the stand-in's origin. */
export const MODEL_PATH = '/v1';

/** An OpenAI-compatible model, for a session's `provider`. Any key is accepted. */
export async function serveModel(request: IncomingMessage, response: ServerResponse): Promise<void> {
  switch (`${request.method} ${pathOf(request)}`) {
    case `GET ${MODEL_PATH}/models`:
      return sendJson(response, 200, {
        object: 'list',
        data: [{ id: STAND_IN_MODEL, object: 'model', created: 0, owned_by: 'stand-in' }],
      });
    case `POST ${MODEL_PATH}/chat/completions`:
      return serveChat(request, response, () => identityOf(request));
    default:
      return sendJson(response, 404, {
        error: { message: `the stand-in model does not serve ${request.method} ${pathOf(request)}` },
      });
  }
}
