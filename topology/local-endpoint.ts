import { z } from 'zod';

/** What `copilot-runtimes up` writes beside a runtime while it runs; loopback ports change at every start. */
const schema = z.strictObject({
  /** Process id of the runtime host. */
  pid: z.int(),
  port: z.int(),
  healthPort: z.int(),
  standInPort: z.int().optional(),
});

export type LocalEndpoint = z.output<typeof schema>;

/** Reads an endpoint file; undefined when it is not one (a half-written file, say). */
export function parseLocalEndpoint(text: string): LocalEndpoint | undefined {
  try {
    return schema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
