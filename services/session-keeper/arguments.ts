import { parseArgs } from 'node:util';

/** What the program is asked to do. */
export type Order =
  | {
      readonly what: 'send';
      readonly prefix: string;
      readonly waitSeconds: number;
      readonly port: number;
    }
  | { readonly what: 'look' }
  | { readonly what: 'receive'; readonly tenant: string }
  | {
      readonly what: 'expired';
      readonly ttlHours: number;
      readonly port: number;
      readonly delete: boolean;
    };

/** @throws Error that says what is wrong with the arguments */
export function readOrder(args: readonly string[]): Order {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      prefix: { type: 'string', default: '' },
      tenant: { type: 'string', default: '' },
      wait: { type: 'string', default: '0' },
      'ttl-hours': { type: 'string', default: '' },
      port: { type: 'string', default: '' },
      delete: { type: 'boolean', default: false },
    },
  });
  const whole = (name: 'wait' | 'ttl-hours' | 'port') => {
    if (/^\d{1,6}$/.test(values[name])) return Number(values[name]);
    throw new Error(`--${name} must be a whole number, got "${values[name]}"`);
  };
  const [what = 'nothing', ...more] = positionals;
  if (more.length > 0) throw new Error(`only one thing can be done at a time, got ${positionals.join(', ')}`);
  switch (what) {
    case 'send':
      return { what, prefix: values.prefix, waitSeconds: whole('wait'), port: whole('port') };
    case 'look':
      return { what };
    case 'receive':
      if (/^[a-z0-9-]{1,40}$/.test(values.tenant)) return { what, tenant: values.tenant };
      throw new Error(`--tenant must be the id of a tenant, got "${values.tenant}"`);
    case 'expired':
      return { what, ttlHours: whole('ttl-hours'), port: whole('port'), delete: values.delete };
    default:
      throw new Error(`expected send, look, receive or expired, got ${what}`);
  }
}
