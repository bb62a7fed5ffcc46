import { stat } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import { writeArchive } from './archive/write-archive.ts';
import { CommandError } from './command-error.ts';
import { countSealedSecrets, isKeyOfInstallation } from './sealed-secrets.ts';
import { type Session, withSession } from './session.ts';
import type { Terminal } from './terminal.ts';

/** `backup`. */
export function addBackupCommand(program: Command, terminal: Terminal): void {
  program
    .command('backup <file>')
    .description(
      terminal.say({
        ru: 'сохранить базу данных, файлы и секретный ключ в один файл .tar.gz',
        en: 'save the database, the files and the secret key into one .tar.gz file',
      }),
    )
    .option('--force', terminal.say({ ru: 'заменить существующий файл', en: 'replace an existing file' }))
    .action((file: string, options: { force?: boolean }) => backUp(terminal, path.resolve(file), options));
}

async function backUp(terminal: Terminal, file: string, options: { force?: boolean }): Promise<void> {
  await refuseTarget(file, options.force ?? false);
  await withSession(terminal, {}, async (session) => {
    const secretKey = await requireSecretKey(session);
    const client = await session.context.pool.connect();
    try {
      const { tables } = await writeArchive(client, secretKey, file);
      const rows = tables.reduce((sum, table) => sum + table.rows, 0);
      const kilobytes = Math.ceil((await stat(file)).size / 1024);
      terminal.print(
        terminal.say({
          ru: `${file}: таблиц ${tables.length}, строк ${rows}, ${kilobytes} КБ. В файле есть секретный ключ: храните его закрытым`,
          en: `${file}: ${tables.length} tables, ${rows} rows, ${kilobytes} KB. It holds the secret key: keep it closed`,
        }),
      );
    } finally {
      // The connection may be in the middle of a COPY.
      client.release(true);
    }
  });
}

async function refuseTarget(file: string, isForced: boolean): Promise<void> {
  const info = await stat(file).catch(() => null);
  if (info === null) return void (await stat(path.dirname(file)));
  if (info.isFile() && isForced) return;
  throw new CommandError({
    ru: `${file} уже есть: выберите другое имя или добавьте --force`,
    en: `${file} is there already: choose another name, or add --force`,
  });
}

/** A backup without the key that opens its secrets would be half a backup. */
async function requireSecretKey({ context, secretKey }: Session): Promise<Buffer> {
  if (secretKey === null) {
    throw new CommandError({
      ru: `Секретного ключа нет в ${context.config.dataDir}: задайте OTKLIK_DATA_DIR или OTKLIK_SECRET_KEY как у сервера`,
      en: `There is no secret key in ${context.config.dataDir}: set OTKLIK_DATA_DIR or OTKLIK_SECRET_KEY as for the server`,
    });
  }
  const { unreadable } = await countSealedSecrets(context);
  if (unreadable.length === 0 && (await isKeyOfInstallation(context, secretKey))) return secretKey;
  const lines = unreadable.length === 0 ? '' : ` (${unreadable.join(', ')})`;
  throw new CommandError({
    ru: `Секретный ключ не от этой базы данных, он не открывает её пароли${lines}: задайте OTKLIK_DATA_DIR или OTKLIK_SECRET_KEY как у сервера`,
    en: `The secret key is not of this database, it does not open its secrets${lines}: set OTKLIK_DATA_DIR or OTKLIK_SECRET_KEY as for the server`,
  });
}
