import type { KeyRule } from './keys.js';

const BUILT_IN = /^builtin:(\*|[A-Za-z0-9_.-]+)$/;
const OF_THE_APPLICATION = /^custom:(\*|[A-Za-z0-9_.-]+)$/;

/**
 * A list of the tools that a session may use. Only what is known to be the application's own passes; a name without
 * an origin means a built-in tool of that name to the runtime as well.
 */
export const availableTools: KeyRule = (value, { builtInTools }) => {
  if (!Array.isArray(value))
    return 'must be a list, such as ["custom:*"]: without it every built-in tool is there';
  for (const entry of value as unknown[]) {
    if (typeof entry !== 'string') return 'must be a list of texts';
    if (OF_THE_APPLICATION.test(entry) || builtInTools.includes('*')) continue;
    const name = BUILT_IN.exec(entry)?.[1];
    if (name !== undefined && name !== '*' && builtInTools.includes(name)) continue;
    const what = JSON.stringify(entry.slice(0, 60));
    return `has ${what}, which is not allowed: use "custom:<tool>" or "custom:*"${
      builtInTools.length > 0 ? `, or "builtin:<tool>" of ${builtInTools.join(', ')}` : ''
    }`;
  }
  return undefined;
};
