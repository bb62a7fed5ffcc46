import pg from 'pg';
import { createApiKey } from '../src/accounts/api-keys.ts';
import { listWorkspaces } from '../src/accounts/workspaces.ts';
import { readClusterState } from '../src/db/embedded/cluster-state.ts';
import { findPostmaster } from '../src/db/embedded/postmaster.ts';
import { findEmbeddedPostgres } from '../src/db/embedded-postgres.ts';
import { recipes } from '../src/robots/recipes/recipes.ts';
import { temporaryDataDir } from '../test/harness/data-dir.ts';
import type { Options } from './options.ts';
import { startProcess } from './process.ts';
import { FILE_URL, PROVIDER_KEY } from './scenario.ts';

/** The product at work, as it is after `npm start` on an empty folder, with the seed's first scenario on a WAHA line. */
export interface Product {
  origin: string;
  apiKey: string;
  workspaceId: string;
  pid: number;
  postmasterPid: number;
  /** Measures; its statements are not the product's. */
  db: pg.Client;
  /** For loading rows past the foreign keys. */
  asSuperuser<T>(work: (client: pg.Client) => Promise<T>): Promise<T>;
}

/** Starts the product with its own PostgreSQL, as durable as that comes, in a temporary folder; `stack` stops and deletes it all. */
export async function startProduct(
  stack: AsyncDisposableStack,
  providerUrl: string,
  options: Pick<Options, 'profileDir'>,
): Promise<Product> {
  const { dataDir } = stack.use(await temporaryDataDir());
  const profile = options.profileDir === null ? [] : ['--cpu-prof', '--cpu-prof-dir', options.profileDir];
  const child = stack.use(
    startProcess(new URL('../src/main.ts', import.meta.url), {
      env: { PORT: '0', OTKLIK_DATA_DIR: dataDir, LOG_LEVEL: 'warn' },
      nodeArgs: profile,
    }),
  );
  const greeting = await child.nextLine();
  const origin = /http:\/\/\S+/.exec(greeting)?.[0] ?? '';
  const state = await readClusterState(dataDir);
  const postmaster = state && (await findPostmaster(state.clusterDir));
  const connectionString = await findEmbeddedPostgres(dataDir);
  if (!postmaster || connectionString === null) throw new Error(`The product has no PostgreSQL: ${greeting}`);
  const db = await connect(connectionString);
  stack.defer(() => db.end().catch(() => undefined));
  const { apiKey, workspaceId } = await openWorkspace(db);
  await installScenario({ origin, apiKey }, providerUrl);
  return {
    origin,
    apiKey,
    workspaceId,
    pid: child.pid,
    postmasterPid: postmaster.pid,
    db,
    async asSuperuser(work) {
      const address = new URL(connectionString);
      address.username = 'postgres';
      address.password = state.adminPassword;
      const client = await connect(address.href);
      return work(client).finally(() => client.end());
    },
  };
}

async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString, application_name: 'otklik bench' });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

async function openWorkspace(db: pg.Client): Promise<{ apiKey: string; workspaceId: string }> {
  const [workspace] = await listWorkspaces(db);
  if (!workspace) throw new Error('The product made no workspace at its first start');
  const { key } = await createApiKey(db, { workspaceId: workspace.id, name: 'bench', role: 'owner' });
  return { apiKey: key, workspaceId: workspace.id };
}

/** Over the API, as a user would: a WAHA line, and the robots of the seed's first scenario on the first stage, their check on that line. */
async function installScenario(at: { origin: string; apiKey: string }, providerUrl: string): Promise<void> {
  const waha = await call<{ id: string }>(at, 'POST', '/lines', {
    channel: 'waha',
    name: 'Bench',
    config: { baseUrl: providerUrl, apiKey: PROVIDER_KEY },
  });
  const lines = await call<{ items: { id: string; medium: string }[] }>(at, 'GET', '/lines');
  const stages = await call<{ items: { id: string; robotsVersion: number }[] }>(at, 'GET', '/stages');
  const robots = recipes.get('one-stage')?.robotsFor('first', {
    language: 'ru',
    whatsappLineId: waha.id,
    smsLineId: lines.items.find((line) => line.medium === 'sms')?.id ?? '',
    file: { url: FILE_URL },
  });
  const [first] = stages.items;
  await call(at, 'PUT', `/stages/${first?.id}/robots`, {
    version: first?.robotsVersion,
    robots: robots?.map((one) =>
      one.ref === 'check' ? { ...one, settings: { ...(one.settings as object), lineId: waha.id } } : one,
    ),
  });
}

async function call<T>(
  at: { origin: string; apiKey: string },
  method: string,
  path: string,
  body?: unknown,
): Promise<T> {
  const answer = await fetch(`${at.origin}/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${at.apiKey}`, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`${method} ${path} answered ${answer.status}: ${text}`);
  return JSON.parse(text) as T;
}
