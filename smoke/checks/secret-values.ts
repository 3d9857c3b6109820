import type { Workbench } from '../workbench.js';

interface SecretValue {
  readonly whose: string;
  /** The value, and as platforms encode it. */
  readonly forms: readonly string[];
}

/** Every value that the manifest has a place for; those of retired tenants may be gone. */
export async function secretValues({ manifest, target }: Workbench): Promise<SecretValue[]> {
  const ofRuntimes = Object.entries(manifest.runtimes).flatMap(
    ([id, { state, connectionToken, provider }]) =>
      state === 'retired'
        ? []
        : [
            { whose: `the connection token of ${id}`, place: connectionToken },
            ...(provider?.apiKey ? [{ whose: `the provider key of ${id}`, place: provider.apiKey }] : []),
          ],
  );
  const ofTenants = Object.entries(manifest.routes).flatMap(([tenant, route]) =>
    route.to === 'pool' ? [{ whose: `the gateway token of ${tenant}`, place: route.token }] : [],
  );
  return Promise.all(
    [...ofRuntimes, ...ofTenants].map(async ({ whose, place }) => {
      const value = await target.secret(place);
      return { whose, forms: [value, Buffer.from(value).toString('base64')] };
    }),
  );
}

/** Whose secret stands in a text; undefined when none does. */
export function ownerOfSecretIn(text: string, secrets: readonly SecretValue[]): string | undefined {
  return secrets.find(({ forms }) => forms.some((form) => text.includes(form)))?.whose;
}
