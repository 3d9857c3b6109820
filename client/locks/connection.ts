import type { Redis } from 'ioredis';

export interface RedisOptions {
  /** @default - none, or the one in the URL */
  readonly password?: string;
  /** Told of each lost connection, which is made anew by itself. @default - nobody is */
  readonly onError?: (error: Error) => void;
}

/**
 * A connection to Redis for locks and owners, which says quickly that Redis is away instead of keeping callers
 * waiting. Close it with `disconnect()`. Needs the package `ioredis`, which nothing else here loads.
 *
 * @param url `redis://host:port` or `rediss://host:port` (TLS)
 * @throws Error when Redis cannot be reached or refuses the password
 */
export async function openRedis(url: string, { password, onError }: RedisOptions = {}): Promise<Redis> {
  const { Redis } = await import('ioredis');
  let connected = false;
  const redis = new Redis(url, {
    ...(password !== undefined && { password }),
    lazyConnect: true,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 1,
    connectTimeout: 5000,
    commandTimeout: 2000,
    // The first connection is the caller's to try again.
    retryStrategy: (attempt) => (connected ? Math.min(attempt * 100, 2000) : null),
  });
  let last: Error | undefined;
  redis.on('error', (error: Error) => {
    last = error;
    onError?.(error);
  });
  try {
    await redis.connect();
    connected = true;
  } catch (error) {
    // One that has ended by itself would keep the process alive for the time that a disconnect may take.
    if (redis.status !== 'end') redis.disconnect();
    const { message } = last ?? (error as Error);
    throw new Error(
      `cannot use Redis at ${withoutPassword(url)} (${message}): see that it runs and that the password is right`,
      {
        cause: error,
      },
    );
  }
  return redis;
}

function withoutPassword(url: string): string {
  return URL.canParse(url) ? new URL(url).host : 'an address that is no URL';
}
