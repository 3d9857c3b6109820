/** A stream that does not keep to the framing: nothing after it can be understood. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Longest header of a frame in bytes; the SDK's has 22 or so. */
const MAX_HEADER_BYTES = 1024;

const EMPTY: Buffer = Buffer.alloc(0);

/**
 * Cuts a stream into the bodies of its frames (`Content-Length: n`, blank line, n bytes). A body that is too large
 * is refused by its header, before any of it is kept.
 */
export class FrameReader {
  #header: Buffer = EMPTY;
  #body: Buffer[] = [];
  #have = 0;
  /** Length of the body that is being read; undefined while it is the header. */
  #length: number | undefined;

  /** @param maxBytes longest body, asked anew for each frame since it may change */
  constructor(
    private readonly maxBytes: () => number,
    private readonly onFrame: (body: Buffer) => void,
  ) {}

  /** Whether a frame has begun that is not whole yet. */
  get partial(): boolean {
    return this.#length !== undefined || this.#header.length > 0;
  }

  /** @throws {FrameError} when the stream cannot be read any further */
  push(chunk: Buffer): void {
    let rest = chunk;
    while (rest.length > 0) {
      rest = this.#length === undefined ? this.#readHeader(rest) : this.#readBody(rest, this.#length);
    }
  }

  #readHeader(chunk: Buffer): Buffer {
    const known = this.#header.length;
    const header = known === 0 ? chunk : Buffer.concat([this.#header, chunk]);
    const end = header.subarray(0, MAX_HEADER_BYTES).indexOf('\r\n\r\n');
    if (end < 0) {
      if (header.length >= MAX_HEADER_BYTES) {
        throw new FrameError(`a header has more than ${MAX_HEADER_BYTES} bytes`);
      }
      this.#header = header;
      return EMPTY;
    }
    const length = contentLength(header.toString('latin1', 0, end));
    const max = this.maxBytes();
    if (length > max) throw new FrameError(`a message has ${length} bytes, and ${max} are allowed`);
    this.#header = EMPTY;
    this.#length = length;
    return header.subarray(end + 4);
  }

  #readBody(chunk: Buffer, length: number): Buffer {
    const part = chunk.subarray(0, length - this.#have);
    this.#body.push(part);
    this.#have += part.length;
    if (this.#have === length) {
      const body = this.#body.length === 1 ? part : Buffer.concat(this.#body, length);
      this.#body = [];
      this.#have = 0;
      this.#length = undefined;
      this.onFrame(body);
    }
    return chunk.subarray(part.length);
  }
}

/** Two lengths could be read in two ways; so could anything but plain digits. */
function contentLength(header: string): number {
  const lengths = header.split('\r\n').flatMap((line) => {
    const [, name, value] = /^([!-9;-~]+):[ \t]*(.*?)[ \t]*$/.exec(line) ?? [];
    if (name === undefined) throw new FrameError('a header line is not "name: value"');
    return name.toLowerCase() === 'content-length' ? [value] : [];
  });
  const [only] = lengths;
  if (lengths.length !== 1 || only === undefined || !/^[1-9]\d{0,9}$/.test(only)) {
    throw new FrameError('a header has not exactly one Content-Length of one byte or more');
  }
  return Number(only);
}
