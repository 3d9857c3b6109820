import { z } from 'zod';

/** Port of Redis where a URL names none. */
const REDIS_PORT = 6379;

/** Host and port of a Redis, and its address range where the host is an address. */
export function addressOf(url: string): { host: string; port: number; cidr?: string } {
  const { hostname, port } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const place = { host, port: Number(port) || REDIS_PORT };
  if (z.ipv4().safeParse(host).success) return { ...place, cidr: `${host}/32` };
  return z.ipv6().safeParse(host).success ? { ...place, cidr: `${host}/128` } : place;
}
