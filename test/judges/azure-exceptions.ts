import type { Exception } from './exceptions.js';

const ACCOUNT = 'azurerm_storage_account';
const checkov = (check: string, kind: string, reason: string): Exception => ({
  judge: 'checkov',
  check,
  kind,
  reason,
});

/** Checks of checkov that the stacks for Azure do not follow. */
export const AZURE_EXCEPTIONS: readonly Exception[] = [
  checkov(
    'CKV2_AZURE_40',
    ACCOUNT,
    'Container Instances mounts a file share with the key of its account and with nothing else',
  ),
  checkov(
    'CKV2_AZURE_33',
    ACCOUNT,
    'a private endpoint per account costs more than the account: the subnets reach it by service endpoint, and nobody else',
  ),
  checkov(
    'CKV_AZURE_59',
    ACCOUNT,
    'a service endpoint is of no use where public access is off: the rule of the network refuses everybody else',
  ),
  checkov(
    'CKV2_AZURE_1',
    ACCOUNT,
    'keys of your own are for who asks for them, by the escape hatch: Azure encrypts with its own',
  ),
  checkov(
    'CKV_AZURE_206',
    ACCOUNT,
    'sessions lie in three zones of a region; a copy in another region would be a home with a second writer',
  ),
  checkov(
    'CKV_AZURE_33',
    ACCOUNT,
    'the account holds file shares alone: there is no queue whose use could be logged',
  ),
  checkov(
    'CKV_AZURE_235',
    'azurerm_container_group',
    'plain variables say where secrets are, and hold none: a secure one would be in the state in clear text',
  ),
];
