import type { Sabotage } from './sabotages.js';

/** Flaws put into the stacks for Azure. */
export const IN_AZURE_STACKS: readonly Sabotage[] = [
  {
    flaw: 'a group without a subnet',
    kind: 'azurerm_container_group',
    edit: (it) => delete it.subnet_ids,
    caught: { checkov: 'CKV_AZURE_98' },
  },
  {
    flaw: 'a public address',
    kind: 'azurerm_container_group',
    edit: (it) => (it.ip_address_type = 'Public'),
    caught: { checkov: 'CKV_AZURE_245' },
  },
  {
    flaw: 'a group without an identity',
    kind: 'azurerm_container_group',
    edit: (it) => delete it.identity,
    caught: { checkov: 'CKV2_AZURE_28' },
  },
  {
    flaw: 'an account that is open to every network',
    kind: 'azurerm_storage_account',
    edit: (it) => (it.network_rules.default_action = 'Allow'),
    caught: { checkov: 'CKV_AZURE_35' },
  },
  {
    flaw: 'an old TLS',
    kind: 'azurerm_storage_account',
    edit: (it) => (it.min_tls_version = 'TLS1_0'),
    caught: { checkov: 'CKV_AZURE_44' },
  },
  {
    flaw: 'blobs for everybody',
    kind: 'azurerm_storage_account',
    edit: (it) => (it.allow_nested_items_to_be_public = true),
    caught: { checkov: 'CKV_AZURE_190' },
  },
  {
    flaw: 'a secret that never expires',
    kind: 'azurerm_key_vault_secret',
    edit: (it) => delete it.expiration_date,
    caught: { checkov: 'CKV_AZURE_41' },
  },
  {
    flaw: 'a secret that does not say what it is',
    kind: 'azurerm_key_vault_secret',
    edit: (it) => delete it.content_type,
    caught: { checkov: 'CKV_AZURE_114' },
  },
  {
    flaw: 'ssh for the internet',
    kind: 'azurerm_network_security_group',
    edit: (it) =>
      Object.assign(it.security_rule[0], {
        access: 'Allow',
        direction: 'Inbound',
        source_address_prefix: '*',
        destination_port_range: '22',
      }),
    caught: { checkov: 'CKV_AZURE_10' },
  },
];
