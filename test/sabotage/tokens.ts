import { standInGitHubToken } from '../../topology/stand-in.js';

/** Variables with the GitHub tokens of tenants whose runtimes have an identity of their own. */
export const TOKEN_OF: Readonly<Record<string, string>> = { acme: 'ACME_TOKEN', docs: 'DOCS_TOKEN' };

/** The environment of whoever brings a deployment up. */
export const TOKEN_ENV = {
  ...process.env,
  ...Object.fromEntries(
    Object.entries(TOKEN_OF).map(([tenant, name]) => [name, standInGitHubToken(`${tenant}-bot`)]),
  ),
};
