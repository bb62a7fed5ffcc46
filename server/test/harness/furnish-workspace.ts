import type { FastifyInstance } from 'fastify';
import { createSignInLink } from '../../src/accounts/sign-in-links.ts';
import type { Context } from '../../src/context.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import { newId, type WorkspaceId } from '../../src/lib/id.ts';
import { createDefaultStages } from '../../src/stages/stage-store.ts';
import { createTestWorkspace } from './app.ts';
import { multipartBody } from './multipart.ts';
import { PASSWORD, redeem, tokenOf } from './person.ts';

/** A workspace with one of everything at least, each with the workspace's mark in its texts. */
export interface Furnished {
  workspaceId: WorkspaceId;
  headers: { authorization: string };
  /** Stands in every text of the workspace: whoever sees it sees its data. */
  mark: string;
  /** An id for each noun that a path may name. */
  ids: Record<string, string>;
}

/** Fills a new workspace through the API; `phone` is what its lead has. */
export async function furnishWorkspace(
  app: FastifyInstance,
  context: Context,
  mark: string,
  phone: string,
): Promise<Furnished> {
  const { workspace, headers } = await createTestWorkspace(context, { name: mark });
  const stages = await inTransaction(context.pool, (tx) => createDefaultStages(tx, workspace.id));
  const make = async (url: string, payload: object | Buffer, more: Record<string, string> = {}) => {
    const answer = await app.inject({
      method: 'POST',
      url: `/api/v1${url}`,
      headers: { ...headers, ...more },
      payload,
    });
    if (answer.statusCode >= 300) throw new Error(`POST ${url} answered ${answer.statusCode}: ${answer.body}`);
    return answer.json() as { id: string; directUrl?: string; hookUrl?: string };
  };
  const upload = multipartBody(`${mark}.txt`, Buffer.from(mark), 'text/plain');
  const field = await make('/fields', { name: mark, type: 'string' });
  const line = await make('/lines', { channel: 'simulator', medium: 'whatsapp', name: mark });
  const smsLine = await make('/lines', { channel: 'simulator', medium: 'sms', name: `${mark} SMS` });
  const file = await make('/files', upload.body, upload.headers);
  const lead = await make('/leads', { name: mark, phones: [{ value: phone }] });
  // A second of what fills pages, so that there are cursors.
  await make('/files', upload.body, upload.headers);
  await make('/leads', { name: mark, phones: [], email: `${mark}@example.com` });
  const apiKey = await make('/api-keys', { name: mark });
  const invitation = await make('/invitations', { email: `${mark}.guest@example.com` });
  const message = { lead: lead.id, line: line.id, mark, phone };
  await addMessage(context, workspace.id, message);
  const ids = {
    workspaces: workspace.id,
    stages: stages[1]?.id as string,
    stage: stages[0]?.id as string,
    fields: field.id,
    lines: line.id,
    smsLine: smsLine.id,
    files: file.id,
    leads: lead.id,
    'api-keys': apiKey.id,
    invitations: invitation.id,
    members: await addPerson(app, context, workspace.id, mark),
    messages: await addMessage(context, workspace.id, message),
    phones: phone,
  };
  return { workspaceId: workspace.id, headers, mark, ids };
}

async function addPerson(app: FastifyInstance, context: Context, workspaceId: WorkspaceId, mark: string) {
  for (const email of [`${mark}.first@example.com`, `${mark}.second@example.com`]) {
    const url = await createSignInLink(context.pool, { purpose: 'first-start', workspaceId }, 'http://localhost');
    await redeem(app, { token: tokenOf(url), email, name: mark, password: PASSWORD });
  }
  const { rows } = await context.pool.query<{ id: string }>('select id from members where workspace_id = $1', [
    workspaceId,
  ]);
  return rows[0]?.id as string;
}

async function addMessage(
  context: Context,
  workspaceId: WorkspaceId,
  message: { lead: string; line: string; mark: string; phone: string },
) {
  const id = newId('msg');
  await context.pool.query(
    `insert into messages (workspace_id, id, lead_id, line_id, medium, kind, phone, text, status, attempt)
     values ($1, $2, $3, $4, 'whatsapp', 'text', $5, $6, 'uncertain', 1)`,
    [workspaceId, id, message.lead, message.line, message.phone, message.mark],
  );
  await context.pool.query(
    `insert into simulator_messages (workspace_id, line_id, message_id, provider_id, medium, phone, kind, text)
     values ($1, $2, $3, $3, 'whatsapp', $4, 'text', $5)`,
    [workspaceId, message.line, id, message.phone, message.mark],
  );
  return id;
}
