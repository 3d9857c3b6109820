import { readFile } from 'node:fs/promises';

import { gatewayConfigSchema, type GatewayConfig } from '../../topology/gateway-contract.js';

/** A configuration that cannot be used; the program prints the message and exits with 2. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** @throws {ConfigError} with every mistake */
export async function readConfig(file: string): Promise<GatewayConfig> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    throw new ConfigError(`cannot read the configuration file ${file} (${error.code}): create it`);
  });
  return parseConfig(text, `the configuration file ${file}`);
}

/**
 * @param what for messages, such as the name of a file
 * @throws {ConfigError} with every mistake
 */
export function parseConfig(text: string, what: string): GatewayConfig {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new ConfigError(`${what} is not JSON: write it anew`);
  }
  const { data, error } = gatewayConfigSchema.safeParse(value);
  if (data) return data;
  const mistakes = error.issues.map(({ path, message }) => `- ${path.join('.') || 'the file'}: ${message}`);
  throw new ConfigError(`${what} cannot be used:\n${mistakes.join('\n')}`);
}

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** Parts of a `host:port` that the schema let through. */
export function parseAddress(text: string): Address {
  const at = text.lastIndexOf(':');
  return { host: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}
