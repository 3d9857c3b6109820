/** Reads secrets, as [vault URL, client id, name, longest wait in milliseconds]; prints what is missing for each, or the length of the value. */
import { openVault } from '../../../dist/services/key-vault/open.js';

const read = ([url, identity, name, answerMs]) =>
  openVault(url, identity, answerMs)
    .read(name)
    .then(
      ({ value }) => ({ length: value.length }),
      ({ missing, message }) => ({ missing, message }),
    );
process.stdout.write(JSON.stringify(await Promise.all(JSON.parse(process.argv[2]).map(read))));
