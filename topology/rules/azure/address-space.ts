import { RESERVED_ADDRESSES } from '../../azure/limits.js';
import { SUBNET_PARTS } from '../../azure/network.js';
import type { Rule } from '../rule.js';

const PATH = ['azure', 'network', 'addressSpace'];
const LARGEST = 8;
const SMALLEST = 20;

/** Ranges that a virtual network may not have, with what they are. */
const FORBIDDEN: readonly (readonly [string, string])[] = [
  ['127.0.0.0/8', 'loopback'],
  ['169.254.0.0/16', 'link-local'],
  ['168.63.129.16/32', "Azure's own DNS"],
  ['224.0.0.0/3', 'multicast and reserved'],
];

const addressOf = (text: string) => text.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
const textOf = (address: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');

/** First and last address of a range. */
function bounds(range: string): readonly [number, number] {
  const [base = '', length = '32'] = range.split('/');
  const size = 2 ** (32 - Number(length));
  const first = Math.floor(addressOf(base) / size) * size;
  return [first, first + size - 1];
}

/** Of a network that the kit creates: its size, its first address, and whose addresses they are. */
export const addressSpace: Rule = ({ azure }) => {
  const range = azure?.network?.addressSpace;
  if (range === undefined) return [];
  const [base = '', prefix = '0'] = range.split('/');
  const length = Number(prefix);
  if (length < LARGEST || length > SMALLEST) {
    const least = 2 ** (32 - SMALLEST) / SUBNET_PARTS - RESERVED_ADDRESSES;
    const message = `must be from /${LARGEST} to /${SMALLEST}, got /${length}: every subnet has a ${SUBNET_PARTS}th of it, which is room for ${least} groups with a /${SMALLEST}`;
    return [{ path: PATH, message }];
  }
  const [first, last] = bounds(range);
  if (addressOf(base) !== first) {
    return [
      {
        path: PATH,
        message: `must begin with its first address, got ${range}: use ${textOf(first)}/${length}`,
      },
    ];
  }
  const taken = FORBIDDEN.find(([other]) => {
    const [from, to] = bounds(other);
    return from <= last && first <= to;
  });
  return taken
    ? [
        {
          path: PATH,
          message: `must not overlap ${taken[0]} (${taken[1]}), got ${range}: use private addresses such as 10.64.0.0/16`,
        },
      ]
    : [];
};

/** Azure takes a private zone of two labels or more only. */
export const zoneName: Rule = ({ azure }) => {
  const zone = azure?.network?.privateDnsZone;
  if (zone === undefined || /^[^.]{1,63}(\.[^.]{1,63})+$/.test(zone)) return [];
  const message = `must have two labels or more, of 63 characters at most, got "${zone}": use one such as copilot.internal`;
  return [{ path: ['azure', 'network', 'privateDnsZone'], message }];
};
