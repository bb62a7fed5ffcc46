import { statfs } from 'node:fs/promises';
import { channels } from '../../channels/registry.ts';
import type { Context } from '../../context.ts';
import { countSealedSecrets, isKeyOfInstallation } from '../sealed-secrets.ts';
import type { Session } from '../session.ts';
import { type Finding, fine, problem, warning } from './finding.ts';

const GIGABYTE = 1024 ** 3;
const HTTP_MS = 10_000;

/** The secret key, the disk and the public address. */
export async function checkMachine(session: Session): Promise<Finding[]> {
  return [await checkSecretKey(session), await checkDisk(session.context), await checkPublicUrl(session.context)];
}

async function checkSecretKey({ context, secretKey }: Session): Promise<Finding> {
  const { total, unreadable } = await countSealedSecrets(context);
  if (unreadable.length > 0) {
    const names = unreadable.join(', ');
    return problem(
      `Секретный ключ не открывает пароли линий ${names}: верните прежний secret.key (он есть в резервной копии) или введите пароли заново`,
      `The secret key does not open the secrets of the lines ${names}: put the former secret.key back (a backup holds it), or enter the secrets again`,
    );
  }
  if (secretKey && !(await isKeyOfInstallation(context, secretKey))) {
    return problem(
      'Секретный ключ не тот, с которым начинала эта база данных, и Отклик с ним не запустится: верните прежний secret.key (он есть в резервной копии)',
      'The secret key is not the one this database was set up with, and Otklik does not start with it: put the former secret.key back (a backup holds it)',
    );
  }
  if (secretKey) return fine(`Секретный ключ открывает пароли линий: ${total}`, `The secret key opens ${total} lines`);
  return warning(
    `Секретного ключа нет в ${context.config.dataDir}: он появится при первом запуске; если Отклик работает с другой папкой, задайте OTKLIK_DATA_DIR`,
    `There is no secret key in ${context.config.dataDir}: the first start makes it; if Otklik uses another folder, set OTKLIK_DATA_DIR`,
  );
}

async function checkDisk({ config }: Context): Promise<Finding> {
  const info = await statfs(config.dataDir).catch(() => null);
  if (info === null) {
    return fine(`Папки данных ${config.dataDir} ещё нет`, `There is no data folder ${config.dataDir} yet`);
  }
  const free = (info.bavail * info.bsize) / GIGABYTE;
  const size = free.toFixed(1);
  if (free >= 2) return fine(`Свободно на диске: ${size} ГБ`, `Free on the disk: ${size} GB`);
  const ru = `На диске папки данных свободно ${size} ГБ: освободите место, без него база данных остановится`;
  const en = `${size} GB are free on the disk of the data folder: free some space, without it the database stops`;
  return free < 0.5 ? problem(ru, en) : warning(ru, en);
}

async function checkPublicUrl(context: Context): Promise<Finding> {
  const { publicUrl } = context.config;
  if (publicUrl === null) return checkNeedOfPublicUrl(context);
  const answer = await context.http.request({ method: 'GET', url: `${publicUrl}/api/v1/version`, timeoutMs: HTTP_MS });
  if (answer.type === 'answer' && (answer.json as { name?: unknown } | null)?.name === 'otklik') {
    return fine(`Внешний адрес ${publicUrl} отвечает`, `The public address ${publicUrl} answers`);
  }
  const reason = answer.type === 'answer' ? `HTTP ${answer.status}` : answer.error;
  return warning(
    `По внешнему адресу ${publicUrl} отвечает не Отклик (${reason}): проверьте, что он запущен, и прокси перед ним; без этого не приходят отчёты о доставке`,
    `The public address ${publicUrl} does not answer as Otklik (${reason}): check that it runs, and the proxy before it; without it no receipts come`,
  );
}

async function checkNeedOfPublicUrl({ pool }: Context): Promise<Finding> {
  const { rows } = await pool.query<{ channel: string; name: string }>(
    'select channel, name from lines where deleted_at is null order by created_at, id',
  );
  const names = rows.filter((row) => channels[row.channel]?.parseWebhook).map((row) => `«${row.name}»`);
  if (names.length === 0) return fine('Внешний адрес не нужен', 'No public address is needed');
  return warning(
    `Внешнего адреса нет: линии ${names.join(', ')} не смогут прислать отчёты, если их провайдер не на этой машине. Задайте OTKLIK_PUBLIC_URL`,
    `There is no public address: the lines ${names.join(', ')} cannot send receipts unless their provider is on this machine. Set OTKLIK_PUBLIC_URL`,
  );
}
