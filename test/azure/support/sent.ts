import path from 'node:path';

/** Bodies of container groups as the real provider has sent them. */
export const SENT_FILE = path.resolve('test/azure/deployer/sent.json');

/** Lists whose order means nothing: the provider sends them as they come. */
const SETS = ['environmentVariables', 'ports'];

/** A body with such lists in an order of their own. */
export function comparableBody(body: object): object {
  return JSON.parse(JSON.stringify(body), (key, value: unknown) => {
    if (!SETS.includes(key)) return value;
    const text = (one: unknown) => JSON.stringify(one);
    return [...(value as unknown[])].sort((a, b) => (text(a) < text(b) ? -1 : 1));
  }) as object;
}
