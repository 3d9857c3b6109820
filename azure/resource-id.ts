/** Parts of a resource id, as `/subscriptions/…/resourceGroups/…/providers/…/name` has them. */
export interface ResourceId {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly name: string;
  /** Up to and with the resource group. */
  readonly scope: string;
}

export function parseResourceId(id: string): ResourceId {
  const parts = id.split('/');
  return {
    subscriptionId: parts[2] ?? '',
    resourceGroup: parts[4] ?? '',
    name: parts.at(-1) ?? '',
    scope: parts.slice(0, 5).join('/'),
  };
}

/** Ids and names are the same to Azure whatever their capitals. */
export const same = (a: string, b: string) => a.toLowerCase() === b.toLowerCase();
