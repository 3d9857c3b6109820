import { readFile } from 'node:fs/promises';
import path from 'node:path';

import { parseLocalEndpoint } from '../../topology/local-endpoint.js';

import { ResolveError, type Resolver } from './resolver.js';

/**
 * Finds runtimes and secrets of `platform: local` in the files that `copilot-runtimes up` writes.
 *
 * @param manifestFile everything else lies relative to it
 */
export function localResolver(manifestFile: string): Resolver {
  const directory = path.dirname(path.resolve(manifestFile));
  return {
    async address(endpoint) {
      if (endpoint.kind !== 'local') {
        throw new ResolveError(
          `an endpoint of kind ${endpoint.kind} is not on this machine: use the resolver of its platform`,
        );
      }
      const file = path.join(directory, endpoint.file);
      const found = parseLocalEndpoint(await readFile(file, 'utf8').catch(() => ''));
      if (found) return `127.0.0.1:${found.port}`;
      throw new ResolveError(`nothing runs behind ${file}: start it with "copilot-runtimes up --keep"`);
    },

    async secret(place) {
      if (place.kind !== 'file') {
        throw new ResolveError(
          `a secret of kind ${place.kind} is not on this machine: use the resolver of its platform`,
        );
      }
      const file = path.join(directory, place.path);
      const value = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
        throw new ResolveError(`cannot read ${file} (${error.code}): run "copilot-runtimes up" again`);
      });
      return value.trim();
    },
  };
}
