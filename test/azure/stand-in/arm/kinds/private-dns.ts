import { randomUUID } from 'node:crypto';
import { isIPv4 } from 'node:net';

import { AzureError } from '../../exchange.js';
import type { Kind } from '../kind.js';
import { listOf, type Body } from '../store.js';

export const ZONES = 'Microsoft.Network/privateDnsZones';
export const A_RECORDS = `${ZONES}/A`;

/** Private DNS zones; each has its SOA record. */
export const zones: Kind = {
  type: ZONES,
  put: (asked) => ({
    ...asked,
    etag: randomUUID(),
    properties: { maxNumberOfRecordSets: 25_000, numberOfRecordSets: 1, ...asked.properties },
  }),
  remove({ id }, { store }) {
    if (store.below(id).some(({ type }) => type.endsWith('/virtualNetworkLinks')))
      throw new AzureError(
        409,
        'CannotDeleteResource',
        'Can not delete resource before nested resources are deleted.',
      );
  },
};

export const soaRecords: Kind = {
  type: `${ZONES}/SOA`,
  byDefault: ({ parent }, { store }) =>
    parent && store.get(parent)
      ? {
          etag: 'soa',
          properties: {
            fqdn: `${parent.split('/').at(-1)}.`,
            ttl: 3600,
            soaRecord: {
              email: 'azureprivatedns-host.microsoft.com',
              expireTime: 2419200,
              host: 'azureprivatedns.net',
              minimumTtl: 10,
              refreshTime: 3600,
              retryTime: 300,
              serialNumber: 1,
            },
          },
        }
      : undefined,
};

/** Sets of A records, guarded by their etag where a request names one. */
export const aRecords: Kind = {
  type: A_RECORDS,
  put(asked, { path, request, before }) {
    checkEtag(request.headers, before?.body.etag, path.id);
    return record(asked, path);
  },
  patch(asked, { path, request, before }) {
    checkEtag(request.headers, before.body.etag, path.id);
    return record({ ...before.body, properties: { ...before.body.properties, ...asked.properties } }, path);
  },
};

function record(asked: Body, { id, name }: { readonly id: string; readonly name: string }): Body {
  const { properties } = asked;
  const wrong = listOf<{ ipv4Address?: string }>(properties, 'aRecords').find(
    ({ ipv4Address }) => !isIPv4(ipv4Address ?? ''),
  );
  if (wrong)
    throw new AzureError(400, 'BadRequest', `The value '${wrong.ipv4Address}' is not a valid IPv4 address.`);
  if (!Number.isInteger(properties.ttl))
    throw new AzureError(400, 'BadRequest', 'The TTL of the record set is missing.');
  return {
    etag: randomUUID(),
    properties: { ...properties, fqdn: `${name}.${id.split('/').at(-3)}.`, isAutoRegistered: false },
  };
}

/** The addresses that a set of A records leads to. */
export const addressesOf = ({ properties }: Body): readonly string[] =>
  listOf<{ ipv4Address: string }>(properties, 'aRecords').map(({ ipv4Address }) => ipv4Address);

function checkEtag(
  headers: Readonly<Record<string, string | string[] | undefined>>,
  etag: string | undefined,
  id: string,
): void {
  const [match, noneMatch] = [headers['if-match'], headers['if-none-match']];
  const wrong =
    // Clients without a condition send an empty one.
    (match && match !== '*' && String(match).replaceAll('"', '') !== etag) ||
    (noneMatch === '*' && etag !== undefined);
  if (wrong)
    throw new AzureError(
      412,
      'PreconditionFailed',
      `The record set ${id} exists, and its etag is another one.`,
    );
}

export const networkLinks: Kind = {
  type: `${ZONES}/virtualNetworkLinks`,
  put: (asked) => ({
    ...asked,
    etag: randomUUID(),
    properties: { ...asked.properties, virtualNetworkLinkState: 'Completed' },
  }),
};
