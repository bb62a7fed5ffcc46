import { readFile, stat } from 'node:fs/promises';
import cliProgress from 'cli-progress';
import { csvErrorOf } from '../api/imports.ts';
import type { Duplicates } from '../leads/import/plan-import.ts';
import { type CsvProblem, MAX_CSV_BYTES } from '../leads/import/read-csv.ts';
import type { Rejection } from '../leads/import/read-rows.ts';
import { PROBLEM_TEXTS } from '../leads/problem-texts.ts';
import type { Result } from '../lib/result.ts';
import { type ImportReport, type ImportRequest, importLeads, previewImport } from '../stages/import-leads.ts';
import { createLeadReceiver } from '../stages/receive-lead.ts';
import { badUsage, CommandError } from './command-error.ts';
import { findStage } from './find-stage.ts';
import { chooseWorkspace, type Session, withSession } from './session.ts';
import type { Terminal } from './terminal.ts';

export interface ImportOptions {
  startRobots?: boolean;
  duplicates: Duplicates;
  stage?: string;
  preview?: boolean;
  yes?: boolean;
  workspace?: string;
}

/** Imports a CSV file and reports each rejected row and why. Messages leave only when asked for and confirmed. */
export async function importFile(terminal: Terminal, file: string, options: ImportOptions): Promise<void> {
  const csv = await readCsvFile(file);
  await withSession(terminal, {}, async (session) => {
    const workspace = await chooseWorkspace(session, terminal, options.workspace);
    const stage = options.stage ? await findStage(session.context.pool, workspace.id, options.stage) : null;
    const request: ImportRequest = {
      workspaceId: workspace.id,
      userId: null,
      csv,
      duplicates: options.duplicates,
      startRobots: options.startRobots ?? false,
      stageId: stage?.id ?? null,
    };
    if (options.preview || request.startRobots) {
      const preview = unwrap(await previewImport(session.context, request), file);
      if (options.preview) return tellPreview(terminal, preview);
      if (preview.messages > 0 && !options.yes && !(await mayStart(terminal, preview.messages))) return;
    }
    tellReport(terminal, await importWithProgress(session, terminal, request, file));
  });
}

async function readCsvFile(file: string): Promise<Buffer> {
  const info = await stat(file);
  if (info.size > MAX_CSV_BYTES) unwrap({ ok: false, error: { code: 'csv.too-large' } }, file);
  return readFile(file);
}

function unwrap<T>(result: Result<T, CsvProblem>, file: string): T {
  if (result.ok) return result.value;
  const { ru, en } = csvErrorOf(result.error).message;
  throw new CommandError({ ru: `${file}: ${ru}`, en: `${file}: ${en}` });
}

async function mayStart(terminal: Terminal, messages: number): Promise<boolean> {
  if (!terminal.isInteractive) {
    throw badUsage({
      ru: `Роботы отправят сообщений: до ${messages}. Подтвердите через --yes или уберите --start-robots`,
      en: `The robots would send up to ${messages} messages. Confirm with --yes or leave --start-robots out`,
    });
  }
  const isYes = await terminal.confirm({
    ru: `Роботы отправят сообщений: до ${messages}. Загрузить и отправить?`,
    en: `The robots would send up to ${messages} messages. Import and send?`,
  });
  if (!isYes) terminal.note({ ru: 'Ничего не загружено', en: 'Nothing was imported' });
  return isYes;
}

async function importWithProgress(
  session: Session,
  terminal: Terminal,
  request: ImportRequest,
  file: string,
): Promise<ImportReport> {
  const bar = new cliProgress.SingleBar(
    { stream: terminal.stderr, format: '{bar} {value}/{total}', clearOnComplete: true, noTTYOutput: false },
    cliProgress.Presets.shades_classic,
  );
  const isShown = terminal.stderr.isTTY === true;
  let isStarted = false;
  try {
    const receiver = createLeadReceiver(session.context);
    const report = await importLeads(session.context, receiver, request, (done, total) => {
      if (isShown && !isStarted) bar.start(total, 0);
      isStarted = true;
      if (isShown) bar.update(done);
    });
    return unwrap(report, file);
  } finally {
    if (isShown && isStarted) bar.stop();
  }
}

function tellPreview(terminal: Terminal, preview: ImportReport & { messages: number }): void {
  tellReport(terminal, preview);
  terminal.print(
    terminal.say({
      ru: `Сообщений уйдёт: до ${preview.messages}. Это просмотр, ничего не загружено`,
      en: `Messages that would leave: up to ${preview.messages}. This is a preview, nothing was imported`,
    }),
  );
}

function tellReport(terminal: Terminal, report: ImportReport): void {
  for (const rejection of report.rejected) terminal.print(lineOf(terminal, rejection));
  if (report.ignoredColumns.length > 0) {
    const columns = report.ignoredColumns.join(', ');
    terminal.print(
      terminal.say({ ru: `Столбцы, из которых ничего не взято: ${columns}`, en: `Columns not used: ${columns}` }),
    );
  }
  const { created, updated, skipped, rejected } = report;
  terminal.print(
    terminal.say({
      ru: `Создано: ${created}, обновлено: ${updated}, пропущено: ${skipped}, отклонено: ${rejected.length}`,
      en: `Created: ${created}, updated: ${updated}, skipped: ${skipped}, rejected: ${rejected.length}`,
    }),
  );
}

function lineOf(terminal: Terminal, { row, column, value, code }: Rejection): string {
  const reason = PROBLEM_TEXTS[code];
  const where = column === null ? { ru: '', en: '' } : { ru: `, ${column} «${value}»`, en: `, ${column} "${value}"` };
  return terminal.say({
    ru: `Строка ${row}${where.ru}: ${reason.ru}`,
    en: `Row ${row}${where.en}: ${reason.en}`,
  });
}
