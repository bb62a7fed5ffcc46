import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { type Extract, extract } from 'tar-stream';
import { CommandError } from '../command-error.ts';
import { FORMAT, MANIFEST_NAME, Manifest, pieceName, SECRET_KEY_NAME } from './manifest.ts';

/** An archive read from its beginning to its end, once. */
export interface Archive extends AsyncDisposable {
  manifest: Manifest;
  secretKey: Buffer;
  /** The bytes of the table of that number, from 1; tables must be read in their order. */
  readTable(number: number): AsyncGenerator<Buffer>;
  /** Throws when anything follows the last table, or the file is not whole. */
  readEnd(): Promise<void>;
}

type Entry = Extract extends AsyncIterable<infer One> ? One : never;

const SMALL_FILE_BYTES = 10 * 1024 * 1024;

/** Opens an archive and reads its head. Damage is found in the head here, in the tables while they are read. */
export async function openArchive(file: string): Promise<Archive> {
  const entries = extract();
  const abort = new AbortController();
  const source = createReadStream(file);
  const reading = pipeline(source, createGunzip(), entries, { signal: abort.signal });
  // The reader of the entries hears of it too.
  reading.catch(() => undefined);
  const cursor = new Cursor(entries, file);
  try {
    const manifest = readManifest(await cursor.readSmall(MANIFEST_NAME), file);
    const secretKey = readSecretKey(await cursor.readSmall(SECRET_KEY_NAME), file);
    return {
      manifest,
      secretKey,
      readTable: (number) => cursor.readPieces(number, manifest.tables[number - 1]?.name ?? ''),
      readEnd: () => cursor.readEnd(reading),
      async [Symbol.asyncDispose]() {
        abort.abort();
        await reading.catch(() => undefined);
      },
    };
  } catch (error) {
    abort.abort();
    throw error;
  }
}

/** The entries one after the other, with a look at the next one. */
class Cursor {
  readonly #entries: AsyncIterator<Entry>;
  readonly #file: string;
  #next: Entry | null = null;

  constructor(entries: Extract, file: string) {
    this.#entries = entries[Symbol.asyncIterator]();
    this.#file = file;
  }

  async readSmall(name: string): Promise<Buffer> {
    const entry = await this.#peek();
    if (entry?.header.name !== name || (entry.header.size ?? 0) > SMALL_FILE_BYTES) throw damaged(this.#file);
    const parts: Buffer[] = [];
    for await (const part of this.#take(entry)) parts.push(part);
    return Buffer.concat(parts);
  }

  async *readPieces(number: number, table: string): AsyncGenerator<Buffer> {
    for (let piece = 1; ; piece += 1) {
      const entry = await this.#peek();
      if (entry?.header.name !== pieceName(number, table, piece)) return;
      yield* this.#take(entry);
    }
  }

  async readEnd(reading: Promise<void>): Promise<void> {
    if (await this.#peek()) throw damaged(this.#file);
    await reading.catch((error: unknown) => {
      throw this.#explain(error);
    });
  }

  async #peek(): Promise<Entry | null> {
    if (this.#next) return this.#next;
    try {
      const { value, done } = await this.#entries.next();
      this.#next = done ? null : value;
      return this.#next;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  async *#take(entry: Entry): AsyncGenerator<Buffer> {
    this.#next = null;
    try {
      for await (const part of entry as AsyncIterable<Buffer>) yield part;
    } catch (error) {
      throw this.#explain(error);
    }
  }

  /** A file that cannot be opened is another matter than one that is damaged. */
  #explain(error: unknown): unknown {
    return (error as NodeJS.ErrnoException).syscall ? error : damaged(this.#file, error);
  }
}

/** What is said of a file that is no whole backup. */
export function damaged(file: string, cause?: unknown): CommandError {
  return new CommandError(
    {
      ru: `${file}: это не резервная копия Отклика или она повреждена; ничего не восстановлено`,
      en: `${file}: this is no backup of Otklik, or it is damaged; nothing was restored`,
    },
    { cause },
  );
}

function readManifest(bytes: Buffer, file: string): Manifest {
  const json = parseJson(bytes);
  const isNewer = (json as { format?: unknown } | null)?.format;
  if (typeof isNewer === 'number' && isNewer > FORMAT) throw newer(file, String((json as Manifest).version));
  const manifest = Manifest.safeParse(json);
  if (!manifest.success) throw damaged(file, manifest.error);
  return manifest.data;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch {
    return null;
  }
}

function readSecretKey(bytes: Buffer, file: string): Buffer {
  const text = bytes.toString('utf8').trim();
  if (!/^[0-9a-f]{64}$/.test(text)) throw damaged(file);
  return Buffer.from(text, 'hex');
}

/** A backup that this version cannot load. */
export function newer(file: string, version: string): CommandError {
  return new CommandError({
    ru: `${file}: копия сделана более новой версией Отклика (${version}): обновите Отклик и повторите`,
    en: `${file}: the backup was made by a newer Otklik (${version}): update Otklik and try again`,
  });
}
