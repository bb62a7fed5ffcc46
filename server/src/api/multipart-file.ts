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
