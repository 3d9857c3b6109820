import {
  CELL_LABEL,
  metadataName,
  RUNTIME_LABEL,
  tagName,
  TENANT_LABEL,
  TOPOLOGY_LABEL,
} from '../topology/labels.js';

import { fields, metadataOf, objectOf, text, type Fields } from './plan-object.js';
import type { ResourceChange } from './terraform-plan.js';

/** Topology that a resource's tags name; only those on Azure do. */
export function topologyOf({ type, change }: ResourceChange): string | undefined {
  const { before, after } = change;
  const label = (value: unknown) => labelReader(objectOf(type, value))(TOPOLOGY_LABEL);
  return label(before) ?? label(after);
}

/**
 * Reads labels (Kubernetes), tags (Azure, whose tags have no slash) or the metadata of a file share (which has names as
 * of variables).
 */
function labelReader(object: Fields | undefined): (label: string) => string | undefined {
  const metadata = metadataOf(object);
  const labels = fields(metadata.labels) ?? fields(object?.tags) ?? metadata;
  return (label) => text(labels[label]) ?? text(labels[tagName(label)]) ?? text(labels[metadataName(label)]);
}

/** Owners by label; normally one. */
export function labelsOf(object: Fields | undefined): string[] {
  const value = labelReader(object);
  const runtime = value(RUNTIME_LABEL);
  const tenant = value(TENANT_LABEL);
  const cell = value(CELL_LABEL);
  const id = (label: string) => (ID.test(label) ? label : NO_ID + label);
  const owners = [
    ...(runtime === undefined ? [] : [ownerOfRuntime(runtime)]),
    ...(tenant === undefined ? [] : [id(tenant)]),
    ...(cell === undefined ? [] : [ID.test(cell) ? CELL + cell : NO_ID + cell]),
  ];
  return [...new Set(owners)];
}

/** Before the id of a cell that owns what all of its tenants have. */
export const CELL = 'cell/';

/** `tenant.acme` → `acme`, `pool.2` → `pool/2`, `pool.shared` → `pool/shared`; anything else is nobody's id. */
function ownerOfRuntime(label: string): string {
  const [, kind, id = ''] = /^(tenant|pool)\.(.+)$/.exec(label) ?? [];
  if (kind === 'tenant' && ID.test(id)) return id;
  return kind === 'pool' && /^(\d+|shared)$/.test(id) ? `pool/${id}` : NO_ID + label;
}

const ID = /^[a-z0-9-]+$/;

/** Before a label that names no tenant and no replica. */
export const NO_ID = 'label ';
