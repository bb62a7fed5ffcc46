import { createHash } from 'node:crypto';
import multipart from '@fastify/multipart';
import type { FastifyRequest } from 'fastify';
import type { ZodTypeProvider } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Context } from '../context.ts';
import { DUPLICATES } from '../leads/import/plan-import.ts';
import { type CsvProblem, MAX_CSV_BYTES, MAX_CSV_ROWS } from '../leads/import/read-csv.ts';
import type { Rejection } from '../leads/import/read-rows.ts';
import { PROBLEM_TEXTS } from '../leads/problem-texts.ts';
import { Batcher } from '../lib/batcher.ts';
import type { StageId } from '../lib/id.ts';
import { type ImportRequest, importLeads, previewImport } from '../stages/import-leads.ts';
import { createLeadReceiver } from '../stages/receive-lead.ts';
import type { ApiApp } from './api-app.ts';
import { createOnce } from './idempotency.ts';
import { stageExists } from './lead-input.ts';
import { readForm } from './multipart-file.ts';
import { type FieldError, invalid } from './problem.ts';
import { bodyTooLarge, unsupportedMediaType } from './problem-handler.ts';
import { fieldErrorsOf } from './schema-issues.ts';
import { pickLanguage } from './texts/texts.ts';

const yesNo = z
  .enum(['true', 'false'])
  .transform((text) => text === 'true')
  .optional();

/** In the address, or as texts of the form. */
const Options = z.strictObject({
  preview: yesNo.describe('Only say what would happen; default false'),
  startRobots: yesNo.describe('Let the robots of the stage act on the new leads; default false'),
  duplicates: z
    .enum(DUPLICATES)
    .optional()
    .describe('What to do with a row whose phone some lead has already; default skip'),
  stageId: z.string().max(100).optional().describe('Absent: the first stage'),
});

const Report = z.object({
  created: z.number(),
  updated: z.number(),
  skipped: z.number(),
  rejected: z.array(
    z.object({
      row: z.number(),
      column: z.string().nullable(),
      value: z.string(),
      code: z.string(),
      reason: z.string(),
    }),
  ),
  ignoredColumns: z.array(z.string()),
  messages: z.number().optional().describe('Preview only: how many messages would leave at most'),
});

const CSV_TYPES = ['text/csv', 'application/csv', 'application/vnd.ms-excel', 'application/octet-stream'];

/** `/leads/import`: a CSV as the body or as a form's file. */
export function registerImports(parent: ApiApp, context: Context): void {
  const receiver = createLeadReceiver(context);
  // Few at a time: each takes up to two connections from everybody else for as long as it lasts.
  const queue = new Batcher<() => Promise<z.input<typeof Report>>, z.input<typeof Report>>(
    async (jobs) => Promise.all(jobs.map((job) => job())),
    { maxSize: 1, parallel: 2 },
  );
  parent.register(async (scope) => {
    await scope.register(multipart, {
      throwFileSizeLimit: false,
      limits: { fileSize: MAX_CSV_BYTES, files: 1, fields: 10, fieldSize: 10_000 },
    });
    scope.addContentTypeParser(CSV_TYPES, { parseAs: 'buffer', bodyLimit: MAX_CSV_BYTES }, (_request, body, done) =>
      done(null, body),
    );
    scope.withTypeProvider<ZodTypeProvider>().route({
      method: 'POST',
      url: '/leads/import',
      bodyLimit: MAX_CSV_BYTES,
      config: { action: 'lead.import' },
      schema: {
        tags: ['leads'],
        summary: `Import leads from a CSV file of at most 10 MB and ${MAX_CSV_ROWS} rows`,
        consumes: ['text/csv', 'multipart/form-data'],
        body: z
          .unknown()
          .meta({ type: 'string', format: 'binary', description: 'The CSV, or a form with it as its file' }),
        querystring: Options,
        response: { 200: Report },
      },
      handler: async (request, reply) => {
        const { csv, options } = await readRequest(request, request.query);
        const { workspaceId, userId } = request.principal;
        const { preview = false, startRobots = false, duplicates = 'skip', stageId = null } = options;
        if (stageId !== null && !(await stageExists(context.pool, workspaceId, stageId))) {
          const path = request.query.stageId === undefined ? 'stageId' : 'query.stageId';
          throw invalid([{ path, code: 'not-found' }]);
        }
        const order: ImportRequest = {
          workspaceId,
          userId,
          csv,
          stageId: stageId as StageId | null,
          startRobots,
          duplicates,
        };
        if (preview) return answerOf(request, await previewImport(context, order));
        // What the Idempotency-Key is held against.
        request.body = { ...options, sha256: createHash('sha256').update(csv).digest('base64url') };
        const work = async () => answerOf(request, await importLeads(context, receiver, order));
        if (request.headers['idempotency-key'] === undefined) return queue.add(work);
        // The batches commit by themselves; the transaction only keeps the answer for a repeat of the request.
        return queue.add(() => createOnce(request, reply, context, async () => ({ status: 200, body: await work() })));
      },
    });
  });
}

/** The CSV and the options beside it; where an option stands in the address and in the form, the address counts. */
async function readRequest(
  request: FastifyRequest,
  inAddress: z.infer<typeof Options>,
): Promise<{ csv: Buffer; options: z.infer<typeof Options> }> {
  if (Buffer.isBuffer(request.body)) return { csv: request.body, options: inAddress };
  if (!request.isMultipart()) throw unsupportedMediaType(request, 'text/csv, multipart/form-data');
  const { bytes, fields } = await readForm(request);
  if (bytes === null) throw bodyTooLarge(MAX_CSV_BYTES);
  const given = Options.safeParse(fields, { reportInput: true });
  if (!given.success) throw invalid(fieldErrorsOf(given.error.issues));
  return { csv: bytes, options: { ...given.data, ...inAddress } };
}

type Outcome<T> = { ok: true; value: T } | { ok: false; error: CsvProblem };

function answerOf<T extends { rejected: Rejection[] }>(request: FastifyRequest, outcome: Outcome<T>) {
  if (!outcome.ok) throw invalid([{ path: 'file', ...csvErrorOf(outcome.error) }]);
  const language = pickLanguage(request.headers['accept-language'], request.principal.language);
  const rejected = outcome.value.rejected.map((row) => ({ ...row, reason: PROBLEM_TEXTS[row.code][language] }));
  return { ...outcome.value, rejected };
}

/** What is wrong with a file as a whole, in words. */
export function csvErrorOf(problem: CsvProblem): Omit<Extract<FieldError, { message: unknown }>, 'path'> {
  switch (problem.code) {
    case 'csv.empty':
      return words(problem, 'В файле нет ни одной строки под заголовком', 'The file has no row under its header');
    case 'csv.too-large':
      return words(problem, 'Файл больше 10 МБ: разделите его', 'The file is larger than 10 MB: split it');
    case 'csv.too-many-rows':
      return words(
        problem,
        `Больше ${MAX_CSV_ROWS} строк: разделите файл`,
        `More than ${MAX_CSV_ROWS} rows: split the file`,
      );
    case 'csv.not-text':
      return words(problem, 'Это не CSV: сохраните таблицу как CSV', 'This is no CSV: save the table as CSV');
    case 'csv.quotes':
      return words(
        problem,
        `Строка ${problem.row}: кавычки не закрыты или стоят посреди ячейки; внутри ячейки в кавычках пишите их дважды`,
        `Row ${problem.row}: quotes are not closed or stand inside a cell; inside a quoted cell double them`,
      );
    case 'csv.no-columns':
      return words(
        problem,
        `Нет столбца «Телефон» или «Email»; в заголовке: ${problem.header.join(', ').slice(0, 300)}`,
        `There is no column "Phone" or "Email"; the header has: ${problem.header.join(', ').slice(0, 300)}`,
      );
  }
}

function words(problem: CsvProblem, ru: string, en: string) {
  return { code: problem.code, message: { ru, en } };
}
