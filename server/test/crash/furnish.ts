import type pg from 'pg';
import { createApiKey } from '../../src/accounts/api-keys.ts';
import { createWorkspace, listWorkspaces } from '../../src/accounts/workspaces.ts';
import { inTransaction } from '../../src/db/transaction.ts';
import type { WorkspaceId } from '../../src/lib/id.ts';
import { recipes } from '../../src/robots/recipes/recipes.ts';
import { createDefaultStages } from '../../src/stages/stage-store.ts';
import type { Providers } from './providers.ts';

/** A workspace whose first stage answers by scenario 1 over WAHA and SMPP. */
export interface Furnished {
  key: string;
  workspaceId: WorkspaceId;
  lines: { whatsapp: string; sms: string };
}

/** How long robots wait for a line and for the truth about a doubtful message; texts are looked up after half a minute. */
const TIMEOUT_SECONDS = { message: 300, file: 60, sms: 60 } as const;

/** Sets scenario 1 up through the API that answers at `address`. */
export async function furnish(pool: pg.Pool, address: string, providers: Providers): Promise<Furnished> {
  const workspaceId = await firstWorkspace(pool);
  const { key } = await createApiKey(pool, { workspaceId, name: 'crash test', role: 'owner' });
  const call = createCaller(address, key);
  const { baseUrl, apiKey, session } = { baseUrl: providers.wahaUrl, apiKey: 'waha-key', session: 'default' };
  const whatsapp = await call('POST', '/lines', {
    channel: 'waha',
    name: 'WAHA',
    config: { baseUrl, apiKey, session },
  });
  const { host, port } = providers.smsc;
  const config = { host, port, systemId: 'otklik', password: 'secret', source: 'Otklik' };
  const sms = await call('POST', '/lines', { channel: 'smpp', name: 'SMPP', config });
  const stages = (await call('GET', '/stages')) as unknown as { items?: { id: string }[] };
  const stageId = stages.items?.[0]?.id ?? '';
  const { version } = (await call('GET', `/stages/${stageId}/robots`)) as unknown as { version: number };
  const robots = recipes
    .get('one-stage')
    ?.robotsFor('first', {
      language: 'ru',
      whatsappLineId: whatsapp.id,
      smsLineId: sms.id,
      file: { url: 'https://example.com/price.pdf' },
    })
    .map((robot) => ({
      ...robot,
      settings: {
        ...(robot.settings as object),
        // The first start's simulator could check the numbers too.
        ...(robot.ref === 'check' ? { lineId: whatsapp.id } : {}),
        timeoutSeconds: TIMEOUT_SECONDS[robot.ref as keyof typeof TIMEOUT_SECONDS] ?? 300,
      },
    }));
  await call('PUT', `/stages/${stageId}/robots`, { version, robots });
  return { key, workspaceId, lines: { whatsapp: whatsapp.id, sms: sms.id } };
}

/** The one that the first start made; an API process on a database of its own makes one too, a bare database has none. */
async function firstWorkspace(pool: pg.Pool): Promise<WorkspaceId> {
  const [first] = await listWorkspaces(pool);
  if (first) return first.id;
  const { id } = await createWorkspace(pool, { name: 'Ромашка' });
  await inTransaction(pool, (tx) => createDefaultStages(tx, id));
  return id;
}

function createCaller(address: string, key: string) {
  return async (method: string, path: string, body?: unknown): Promise<{ id: string }> => {
    const answer = await fetch(`${address}/api/v1${path}`, {
      method,
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
    return JSON.parse(text) as { id: string };
  };
}
