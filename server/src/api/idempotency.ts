import { createHash } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Context } from '../context.ts';
import type { Tx } from '../db/pool.ts';
import { inTransaction } from '../db/transaction.ts';
import type { WorkspaceId } from '../lib/id.ts';
import type { SecretBox } from '../lib/secret-box.ts';
import { ApiError, invalid } from './problem.ts';

/** What a creating request answers with. */
interface Created {
  status: number;
  body: unknown;
}

/** The `Idempotency-Key` of a request, and what the request was. */
interface IdempotencyKey {
  workspaceId: WorkspaceId;
  key: string;
  requestHash: string;
}

/**
 * Does the work of a creating POST in one transaction and sends its answer. With an `Idempotency-Key` the answer is stored
 * in that same transaction, so the same request sent again gets it back instead of creating twice; one that comes while the
 * first is under way waits for it. Work that throws stores nothing and may be tried again. The stored answer is sealed: it may
 * hold an API key or an invitation, which are kept nowhere else.
 * https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export async function createOnce(
  request: FastifyRequest,
  reply: FastifyReply,
  context: Pick<Context, 'pool' | 'secrets'>,
  work: (tx: Tx) => Promise<Created>,
): Promise<never> {
  const key = readIdempotencyKey(request);
  const answer = await inTransaction(context.pool, async (tx) => {
    const replay = key && (await claimIdempotencyKey(tx, context.secrets, key));
    if (replay) return { ...replay, replayed: true };
    const { status, body } = await work(tx);
    // Serialized here, so that an answer which does not match the route's schema undoes the creation.
    const json = reply.serializeInput(body as Record<string, unknown>, String(status)) as string;
    if (key) await storeAnswer(tx, context.secrets, key, { status, json });
    return { status, json, replayed: false };
  });
  if (answer.replayed) reply.header('idempotency-replayed', 'true');
  reply.code(answer.status).type('application/json').send(answer.json);
  // The reply is sent; fastify's types want the handler's result to be the body of the route's schema.
  return reply as never;
}

/** The key of a request, or null when it has none. It holds for one route, one body and one workspace. */
function readIdempotencyKey(request: FastifyRequest): IdempotencyKey | null {
  const key = request.headers['idempotency-key'];
  if (key === undefined) return null;
  if (typeof key !== 'string' || key.length === 0 || key.length > 255) {
    throw invalid([
      { path: 'headers.idempotency-key', code: key === '' ? 'empty' : 'too-long', params: { limit: 255 } },
    ]);
  }
  return { workspaceId: request.principal.workspaceId, key, requestHash: hashRequest(request) };
}

/** A route that reads its body itself leaves on `request.body` what tells two requests apart. */
function hashRequest({ method, url, body }: FastifyRequest): string {
  return createHash('sha256')
    .update(JSON.stringify([method, url, body ?? null]))
    .digest('base64url');
}

/**
 * Takes the key for this transaction, waiting for another that holds it. Null when it is ours; the stored answer when the
 * same request was answered already.
 */
async function claimIdempotencyKey(
  tx: Tx,
  secrets: SecretBox,
  key: IdempotencyKey,
): Promise<{ status: number; json: string } | null> {
  const claimed = await tx.query(
    `insert into idempotency_keys (workspace_id, key, request_hash, status, response) values ($1, $2, $3, 0, 'null')
     on conflict do nothing`,
    [key.workspaceId, key.key, key.requestHash],
  );
  if (claimed.rowCount === 1) return null;
  const { rows } = await tx.query<{ request_hash: string; status: number; response: string }>(
    'select request_hash, status, response from idempotency_keys where workspace_id = $1 and key = $2',
    [key.workspaceId, key.key],
  );
  const [stored] = rows;
  if (!stored) throw new Error('An idempotency key vanished between two statements');
  if (stored.request_hash !== key.requestHash) throw new ApiError({ status: 422, code: 'idempotency-key-reused' });
  return { status: stored.status, json: secrets.open(Buffer.from(stored.response, 'base64'), ownerOf(key)) };
}

/** Keeps the answer for whoever sends the same key again. */
async function storeAnswer(
  tx: Tx,
  secrets: SecretBox,
  key: IdempotencyKey,
  answer: { status: number; json: string },
): Promise<void> {
  await tx.query('update idempotency_keys set status = $3, response = $4 where workspace_id = $1 and key = $2', [
    key.workspaceId,
    key.key,
    answer.status,
    JSON.stringify(secrets.seal(answer.json, ownerOf(key)).toString('base64')),
  ]);
}

/** Whom a stored answer is sealed for. */
function ownerOf({ workspaceId, key }: IdempotencyKey): string {
  return `${workspaceId} ${key}`;
}
