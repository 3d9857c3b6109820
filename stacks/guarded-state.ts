import { labelsOf, topologyOf } from './owner-labels.js';
import { fields, MANIFEST, metadataOf, objectOf, text, type Fields } from './plan-object.js';
import type { ResourceChange } from './terraform-plan.js';

/** Something that contains other things, which go when it goes. */
export interface Container {
  readonly kind: 'namespace' | 'account';
  readonly name: string;
}

/** A size, as it is written and in bytes; without bytes where it cannot be read. */
export interface Size {
  readonly text: string;
  readonly bytes?: number;
}

/** A resource that keeps the state of somebody. */
export interface GuardedState {
  readonly change: ResourceChange;
  /** What it is called, for a person. */
  readonly what: string;
  readonly name?: string;
  readonly holds?: Container;
  readonly within?: Container;
  /** By its labels: a tenant's id, `pool/<n>` or `cell/<id>`; every label that says so. */
  readonly labelled: readonly string[];
  /** Topology that it says it is of (Azure). */
  readonly topology?: string;
  readonly owner: { readonly before?: string; readonly after?: string };
  readonly size: { readonly before?: Size; readonly after?: Size };
}

/** Resource types that keep state, and what they are. Unsuffixed types: the same objects, of older constructs. */
const GUARDED: Readonly<Record<string, string>> = {
  kubernetes_namespace: 'Namespace',
  kubernetes_namespace_v1: 'Namespace',
  kubernetes_persistent_volume_claim: 'PersistentVolumeClaim',
  kubernetes_persistent_volume_claim_v1: 'PersistentVolumeClaim',
  kubernetes_persistent_volume: 'PersistentVolume',
  kubernetes_persistent_volume_v1: 'PersistentVolume',
  kubernetes_stateful_set: 'StatefulSet',
  kubernetes_stateful_set_v1: 'StatefulSet',
  azurerm_resource_group: 'resource group',
  azurerm_storage_account: 'storage account',
  azurerm_storage_share: 'file share',
  azurerm_managed_disk: 'disk',
};

/** @returns undefined for what keeps no state */
export function guardOf(change: ResourceChange): GuardedState | undefined {
  const before = objectOf(change.type, change.change.before);
  const after = objectOf(change.type, change.change.after);
  const kind = text(before?.kind) ?? text(after?.kind);
  const what =
    change.type === MANIFEST
      ? Object.values(GUARDED).find((guarded) => guarded === kind)
      : Object.hasOwn(GUARDED, change.type)
        ? GUARDED[change.type]
        : undefined;
  if (what === undefined) return undefined;
  const object = before ?? after;
  const metadata = metadataOf(object);
  const name = text(metadata.name) ?? text(object?.name);
  const holds = containerOf(what, name);
  const within = placeOf(metadata, object);
  const labelled = labelsOf(object);
  const [ownerBefore] = labelsOf(before);
  const [ownerAfter] = labelsOf(after);
  const topology = topologyOf(change);
  const sizeBefore = sizeOf(before);
  const sizeAfter = sizeOf(after);
  return {
    change,
    what,
    labelled,
    ...(topology !== undefined && { topology }),
    ...(name !== undefined && { name }),
    ...(holds && { holds }),
    ...(within && { within }),
    owner: {
      ...(ownerBefore !== undefined && { before: ownerBefore }),
      ...(ownerAfter !== undefined && { after: ownerAfter }),
    },
    size: { ...(sizeBefore && { before: sizeBefore }), ...(sizeAfter && { after: sizeAfter }) },
  };
}

/** `PersistentVolumeClaim prod-tenant-acme/runtime-state (kubernetes_…)`. */
export function describeState({ what, name, within, change }: GuardedState): string {
  const path = [within?.name, name].filter((part) => part !== undefined).join('/');
  return `${what}${path === '' ? '' : ` ${path}`} (${change.address})`;
}

/** Namespaces that a resource is, or is in, before and after. */
export function namespacesOf({ type, change }: ResourceChange): string[] {
  return [change.before, change.after].flatMap((value) => {
    const object = objectOf(type, value);
    const metadata = metadataOf(object);
    const isNamespace = GUARDED[type] === 'Namespace' || object?.kind === 'Namespace';
    return text(isNamespace ? metadata.name : metadata.namespace) ?? [];
  });
}

function containerOf(what: string, name: string | undefined): Container | undefined {
  if (name === undefined) return undefined;
  if (what === 'Namespace') return { kind: 'namespace', name };
  return what === 'storage account' ? { kind: 'account', name } : undefined;
}

function placeOf(metadata: Fields, object: Fields | undefined): Container | undefined {
  const namespace = text(metadata.namespace);
  if (namespace !== undefined) return { kind: 'namespace', name: namespace };
  const account =
    text(object?.storage_account_name) ?? text(object?.storage_account_id)?.split('/storageAccounts/')[1];
  return account === undefined ? undefined : { kind: 'account', name: account };
}

function sizeOf(object: Fields | undefined): Size | undefined {
  const resources = fields(fields(object?.spec)?.resources);
  const storage = text(fields(resources?.requests)?.storage);
  if (storage !== undefined) {
    const bytes = bytesOf(storage);
    return { text: storage, ...(bytes !== undefined && { bytes }) };
  }
  const { quota } = object ?? {};
  return typeof quota === 'number' ? { text: `${quota} GiB`, bytes: quota * 2 ** 30 } : undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** Bytes of a quantity such as `5Gi`; undefined for a way of writing that is not known here. */
function bytesOf(quantity: string): number | undefined {
  const [, digits, unit = ''] = /^(\d+(?:\.\d+)?)([kMGTPE]i?|Ki)?$/.exec(quantity) ?? [];
  const factor = UNITS[unit];
  return digits === undefined || factor === undefined ? undefined : Number(digits) * factor;
}
