import { PassThrough, type Readable, type Writable } from 'node:stream';
import { text } from 'node:stream/consumers';

export interface KeeperStreams {
  /** @default - the program gets nothing, and no end of it either */
  readonly stdin?: Readable;
  /** Ended when the program was successful. */
  readonly stdout: Writable;
}

/** The session keeper of the image, to be started beside a runtime in its container: it alone reaches the volume. */
export interface Keeper {
  readonly runtime: string;
  /** That the runtime listens on, in its container. */
  readonly port: number;
  /**
   * Runs it with these arguments, and waits for its end.
   *
   * @throws {BackupError} when it cannot be started, fails or is lost
   */
  run(args: readonly string[], streams: KeeperStreams): Promise<void>;
}

/** Runs the session keeper for a short answer, in JSON; undefined when it gave none. @throws {BackupError} */
export async function askKeeper<T>(
  keeper: Keeper,
  args: readonly string[],
  stdin?: Readable,
): Promise<T | undefined> {
  const stdout = new PassThrough();
  const [answer] = await Promise.all([
    text(stdout),
    keeper.run(args, { stdout, ...(stdin && { stdin }) }).catch((error: Error) => {
      stdout.destroy(error);
      throw error;
    }),
  ]);
  return answer === '' ? undefined : (JSON.parse(answer) as T);
}
