import { z } from 'zod';

/** Where a client connects: a name, never an address. */
export const endpoint = z.discriminatedUnion('kind', [
  /** JSON file (relative to the manifest) that `copilot-runtimes up` writes while the runtime runs. */
  z.strictObject({ kind: z.literal('local'), file: z.string() }),
  z.strictObject({ kind: z.literal('service'), namespace: z.string(), name: z.string(), port: z.int() }),
  z.strictObject({ kind: z.literal('dns'), host: z.string(), port: z.int() }),
]);
export type Endpoint = z.output<typeof endpoint>;

/** Where a secret value is kept; never the value. */
export const secretPlace = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('file'), path: z.string() }),
  z.strictObject({
    kind: z.literal('kubernetesSecret'),
    namespace: z.string(),
    name: z.string(),
    key: z.string(),
  }),
  /** `vault` is its URI. */
  z.strictObject({ kind: z.literal('keyVaultSecret'), vault: z.string(), name: z.string() }),
]);
export type SecretPlace = z.output<typeof secretPlace>;
