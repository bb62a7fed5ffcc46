import type { Context } from '../../context.ts';
import { type Finding, fine, problem, warning } from './finding.ts';

interface Counts {
  alive: number;
  dead: number;
  overdue: number;
  uncertain: number;
  webhooks: number;
  failedWebhooks: number;
}

const COUNT = `
select
  (select count(*) from workers where heartbeat_at > now() - interval '10 seconds') as alive,
  (select count(*) from workers where heartbeat_at <= now() - interval '10 seconds') as dead,
  (select count(*) from chains where status in ('ready', 'waiting') and wake_at < now() - interval '1 minute') as overdue,
  (select count(*) from messages where status = 'uncertain') as uncertain,
  (select count(*) from webhook_events where processed_at is null and received_at < now() - interval '1 minute') as webhooks,
  (select count(*) from webhook_events where error is not null and received_at > now() - interval '1 day') as "failedWebhooks"`;

/** Whether the work goes on: workers, overdue chains, uncertain messages, webhooks. */
export async function checkWork({ pool }: Context): Promise<Finding[]> {
  const { rows } = await pool.query<Counts>(COUNT);
  const counts = rows[0] as Counts;
  return [checkWorkers(counts), checkChains(counts), checkMessages(counts), checkWebhooks(counts)];
}

function checkWorkers({ alive, dead }: Counts): Finding {
  if (alive === 0) {
    return warning(
      'Отклик не запущен: лиды не получат ответа, пока он не работает (npm start)',
      'Otklik is not running: leads get no answer until it does (npm start)',
    );
  }
  if (dead === 0) return fine(`Работает процессов: ${alive}`, `Workers running: ${alive}`);
  return warning(
    `Процессов пропало: ${dead}. Их работу примут другие за несколько секунд; если нет, смотрите журнал Отклика`,
    `${dead} workers are gone: others take their work over in seconds; if not, see the log of Otklik`,
  );
}

function checkChains({ alive, overdue }: Counts): Finding {
  if (overdue === 0) return fine('Просроченных роботов нет', 'No robots are overdue');
  const ru = `Опаздывают больше минуты цепочки роботов: ${overdue}.`;
  const en = `${overdue} chains of robots are late by more than a minute.`;
  if (alive === 0) return problem(`${ru} Запустите Отклик: npm start`, `${en} Start Otklik: npm start`);
  return warning(
    `${ru} Смотрите журнал Отклика и темп линий, добавьте процесс с OTKLIK_ROLE=worker`,
    `${en} See the log of Otklik and the pace of the lines, add a process with OTKLIK_ROLE=worker`,
  );
}

function checkMessages({ uncertain }: Counts): Finding {
  if (uncertain === 0) return fine('Сообщений с неизвестным исходом нет', 'No message is uncertain');
  return warning(
    `Сообщений с неизвестным исходом: ${uncertain}. Решите в списке сообщений, ушли ли они`,
    `${uncertain} messages are uncertain: decide in the list of messages whether they left`,
  );
}

function checkWebhooks({ webhooks, failedWebhooks }: Counts): Finding {
  if (webhooks > 0) {
    return warning(
      `Не разобрано уведомлений провайдеров: ${webhooks}. Проверьте, что Отклик запущен, и его журнал`,
      `${webhooks} webhooks of providers are not processed: check that Otklik runs, and its log`,
    );
  }
  if (failedWebhooks > 0) {
    return warning(
      `За сутки не поняты уведомления провайдеров: ${failedWebhooks}. Обновите Отклик или сообщите о них разработчикам`,
      `${failedWebhooks} webhooks of the last day were not understood: update Otklik, or tell its developers`,
    );
  }
  return fine('Уведомления провайдеров разобраны', 'All webhooks are processed');
}
