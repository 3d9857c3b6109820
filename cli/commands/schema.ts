import { Command } from 'commander';

import { jsonSchema } from '../../topology/index.js';
import { print } from '../output.js';

export function schemaCommand(): Command {
  return new Command('schema')
    .description('Print the JSON Schema of the topology file, for editors.')
    .action(() => print(JSON.stringify(jsonSchema(), null, 2)));
}
