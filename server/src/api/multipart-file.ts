import type { FastifyRequest } from 'fastify';
import { ApiError, invalid } from './problem.ts';

/** The file of a form while it comes in. */
export interface UploadedFile {
  name: string;
  bytes: AsyncIterable<Buffer>;
  /** Whether the form's limit cut it off; known when the bytes have been read. */
  isTruncated: () => boolean;
}

/** Reads the one file of a form. A form that breaks off or is malformed is the client's fault, told as such. */
export async function readUploadedFile<T>(
  request: FastifyRequest,
  read: (file: UploadedFile) => Promise<T>,
): Promise<T> {
  const part = await request.file().catch((error: unknown) => {
    throw malformed(error);
  });
  if (!part) throw invalid([{ path: 'file', code: 'required' }]);
  return read({ name: part.filename || 'file', bytes: guarded(part.file), isTruncated: () => part.file.truncated });
}

/** Reads a form of one file and some texts into memory; null where the form's limit cut the file off. */
export async function readForm(
  request: FastifyRequest,
): Promise<{ bytes: Buffer | null; fields: Record<string, unknown> }> {
  const files: (Buffer | null)[] = [];
  const fields: [string, unknown][] = [];
  try {
    for await (const part of request.parts()) {
      if (part.type === 'field') fields.push([part.fieldname, part.value]);
      else {
        const bytes = await part.toBuffer();
        files.push(part.file.truncated ? null : bytes);
      }
    }
  } catch (error) {
    throw isTooManyFiles(error)
      ? invalid([{ path: 'file', code: 'too-many-items', params: { limit: 1 } }])
      : malformed(error);
  }
  const [bytes] = files;
  if (bytes === undefined) throw invalid([{ path: 'file', code: 'required' }]);
  return { bytes, fields: Object.fromEntries(fields) };
}

function isTooManyFiles(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'FST_FILES_LIMIT';
}

async function* guarded(bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* bytes;
  } catch (error) {
    throw malformed(error);
  }
}

function malformed(error: unknown): ApiError {
  return new ApiError({ status: 400, code: 'malformed-request', cause: error });
}
