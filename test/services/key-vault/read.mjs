/** Reads secrets, as [vault URL, client id, name]; prints what is missing for each, or the length of the value. */
import { openVault } from '../../../dist/services/key-vault/open.js';

const read = ([url, identity, name]) =>
  openVault(url, identity)
    .read(name)
    .then(
      ({ value }) => ({ length: value.length }),
      ({ missing, message }) => ({ missing, message }),
    );
process.stdout.write(JSON.stringify(await Promise.all(JSON.parse(process.argv[2]).map(read))));
