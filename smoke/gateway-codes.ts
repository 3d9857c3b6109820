/** JSON-RPC codes with which a gateway refuses, as docs/gateway.md has them. */
export const GATEWAY_CODE = {
  /** Never allowed to this tenant. */
  forbidden: -32010,
  /** Allowed, but over a limit of the tenant. */
  limit: -32011,
  /** Allowed, but the replica is down. */
  unavailable: -32012,
} as const;
