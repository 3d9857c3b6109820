import type { IncomingMessage, ServerResponse } from 'node:http';
import { STAND_IN_MODEL, standInLogin, standInModelOf } from '../../../topology/stand-in.js';
import { serveChat } from './chat.js';
import { bearerOf, identityOf, pathOf, sendJson } from './http.js';

/**
 * GitHub's user endpoint and the Copilot API, as far as runtimes asked for them in a turn. What else they try
 * (`/mcp/readonly`, `/copilot_internal/managed_settings`, `/copilot_internal/team_customizations`) gets a 404, which
 * they take for "not there".
 */
export async function serveGitHub(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const login = standInLogin(bearerOf(request) ?? '');
  if (!login) return sendJson(response, 401, { message: 'Bad credentials' });
  switch (`${request.method} ${pathOf(request)}`) {
    case 'GET /copilot_internal/user':
      return sendJson(response, 200, userOf(login));
    case 'GET /models':
      return sendJson(response, 200, {
        object: 'list',
        data: [STAND_IN_MODEL, standInModelOf(login)].map(modelOf),
      });
    case 'POST /chat/completions':
      return serveChat(request, response, () => identityOf(request));
    default:
      return sendJson(response, 404, { message: 'Not Found' });
  }
}

/** No `endpoints`: runtimes keep this answer in a cache, where an address with a port would soon be wrong. */
function userOf(login: string) {
  return {
    login,
    access_type_sku: 'copilot_enterprise_seat',
    copilot_plan: 'enterprise',
    chat_enabled: true,
    organization_list: [],
  };
}

function modelOf(id: string) {
  return {
    id,
    name: id,
    object: 'model',
    vendor: 'stand-in',
    version: id,
    preview: false,
    model_picker_enabled: true,
    policy: { state: 'enabled', terms: '' },
    capabilities: {
      type: 'chat',
      family: STAND_IN_MODEL,
      object: 'model_capabilities',
      tokenizer: 'o200k_base',
      limits: { max_context_window_tokens: 128_000, max_prompt_tokens: 100_000, max_output_tokens: 16_000 },
      supports: { streaming: true, tool_calls: true, parallel_tool_calls: true, vision: false },
    },
  };
}
