/** Reads secrets of a vault as an application does; prints values and messages of errors. */
import { azureResolver } from '../../dist/client/index.js';

const resolver = azureResolver();
const outcomes = process.argv
  .slice(3)
  .map((name) =>
    resolver.secret({ kind: 'keyVaultSecret', vault: process.argv[2], name }).catch(({ message }) => message),
  );
process.stdout.write(JSON.stringify(await Promise.all(outcomes)));
