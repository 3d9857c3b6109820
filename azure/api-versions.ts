/** Versions of the API by resource provider: those of Terraform's provider, whose answers are known. */
export const API_VERSIONS = {
  authorization: '2022-04-01',
  containerInstance: '2023-05-01',
  keyVault: '2023-02-01',
  network: '2025-01-01',
  privateDns: '2024-06-01',
  resources: '2023-07-01',
  storage: '2023-05-01',
  subscriptions: '2022-12-01',
} as const;
