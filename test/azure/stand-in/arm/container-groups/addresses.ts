import { BlockList } from 'node:net';

/** Azure keeps the first addresses of each subnet to itself. */
const KEPT = 4;

/** Which addresses of subnets are in use. A group that starts anew gets another one than before. */
export class Addresses {
  readonly #next = new Map<string, number>();
  readonly #used = new Set<string>();

  /** @param range Such as `10.0.1.0/24` */
  take(range: string): string {
    const { first, size } = parse(range);
    for (let tries = 0; tries < size; tries += 1) {
      const offset = this.#next.get(range) ?? KEPT;
      this.#next.set(range, offset + 1 >= size - 1 ? KEPT : offset + 1);
      const address = toText(first + offset);
      if (offset >= size - 1 || this.#used.has(address)) continue;
      this.#used.add(address);
      return address;
    }
    throw new Error(`no address is left in ${range}`);
  }

  free(address: string): void {
    this.#used.delete(address);
  }
}

/** Whether an address is in a range such as `10.0.0.0/16`. */
export function isIn(address: string, range: string): boolean {
  const [network, length] = range.split('/');
  const list = new BlockList();
  list.addSubnet(network!, Number(length));
  return list.check(address);
}

function parse(range: string): { first: number; size: number } {
  const [network, length] = range.split('/');
  const first = network!.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return { first, size: 2 ** (32 - Number(length)) };
}

const toText = (value: number) =>
  [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
