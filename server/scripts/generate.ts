import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { migrate } from '../src/db/migrate.ts';
import { createPool } from '../src/db/pool.ts';
import { startTemporaryPostgres } from '../test/harness/temporary-postgres.ts';
import { dumpSchema } from './dump-schema.ts';

// Writes the files that follow from others: schema.sql from the migrations, openapi.json from the routes.
// With --check nothing is written, and the exit code tells whether all of them are current.

const SCHEMA = new URL('../schema.sql', import.meta.url);
const OPENAPI = new URL('../openapi.json', import.meta.url);
const OPENAPI_SOURCE = new URL('../src/api/openapi.ts', import.meta.url);

async function main(): Promise<void> {
  const isCheck = process.argv.includes('--check');
  const texts: [URL, string][] = [[SCHEMA, await renderSchema()]];
  const openapi = await renderOpenApi();
  if (openapi !== null) texts.push([OPENAPI, openapi]);
  let stale = 0;
  for (const [file, text] of texts) {
    const current = await readFile(file, 'utf8').catch(() => null);
    if (current === text) continue;
    stale += 1;
    const name = fileURLToPath(file);
    if (isCheck)
      console.error(`${name} is not current: run "npm run generate".\n${firstDifference(current ?? '', text)}`);
    else await writeFile(file, text);
  }
  console.log(`${texts.length} generated files, ${stale} ${isCheck ? 'stale' : 'rewritten'}`);
  process.exitCode = isCheck && stale > 0 ? 1 : 0;
}

async function renderSchema(): Promise<string> {
  await using postgres = await startTemporaryPostgres();
  const pool = createPool({ connectionString: postgres.connectionString });
  try {
    await migrate(pool);
    return await dumpSchema(pool);
  } finally {
    await pool.end();
  }
}

async function renderOpenApi(): Promise<string | null> {
  const { buildOpenApi } = (await import(OPENAPI_SOURCE.href)) as { buildOpenApi?(): unknown };
  if (!buildOpenApi) return null;
  return `${JSON.stringify(await buildOpenApi(), null, 2)}\n`;
}

function firstDifference(current: string, wanted: string): string {
  const [before, after] = [current.split('\n'), wanted.split('\n')];
  const index = after.findIndex((line, at) => line !== before[at]);
  return `line ${index + 1}:\n- ${before[index] ?? ''}\n+ ${after[index] ?? ''}`;
}

await main();
