import { checkNewLead, NewLeadBody } from '../api/lead-input.ts';
import { ApiError, invalid, problemOf } from '../api/problem.ts';
import { fieldErrorsOf } from '../api/schema-issues.ts';
import { createLeadReceiver } from '../stages/receive-lead.ts';
import { badUsage, CommandError } from './command-error.ts';
import { findStage } from './find-stage.ts';
import { chooseWorkspace, withSession } from './session.ts';
import type { Terminal } from './terminal.ts';

export interface LeadOptions {
  phone?: string[];
  name?: string;
  title?: string;
  email?: string;
  source?: string;
  stage?: string;
  field?: string[];
  workspace?: string;
}

/** Adds one lead through the same checks and the same door as the API; its robots start. */
export function addLead(terminal: Terminal, options: LeadOptions): Promise<void> {
  const fields = Object.fromEntries((options.field ?? []).map(readField));
  if (!options.phone && !options.email) {
    throw badUsage({ ru: 'Укажите --phone или --email', en: 'Give --phone or --email' });
  }
  return withSession(terminal, {}, async (session) => {
    const { pool } = session.context;
    const workspace = await chooseWorkspace(session, terminal, options.workspace);
    const stage = options.stage === undefined ? null : await findStage(pool, workspace.id, options.stage);
    const { name, title, email, source } = options;
    const phones = (options.phone ?? []).map((value) => ({ value }));
    const body = { name, title, email, source, phones, fields, ...(stage === null ? {} : { stageId: stage.id }) };
    try {
      const parsed = NewLeadBody.safeParse(body, { reportInput: true });
      if (!parsed.success) throw invalid(fieldErrorsOf(parsed.error.issues));
      const lead = await checkNewLead(pool, workspace.id, parsed.data);
      const received = await createLeadReceiver(session.context).receive(lead);
      terminal.print(received.leadId);
      if (received.outcome === 'updated') terminal.note(REPEATED);
    } catch (error) {
      throw error instanceof ApiError ? refusalOf(error, options) : error;
    }
  });
}

const REPEATED = {
  ru: 'Этот телефон только что приходил: обновлён прежний лид, роботы не запущены снова',
  en: 'This phone has just been here: the earlier lead was updated, its robots were not started again',
};

function readField(pair: string): [string, string] {
  const at = pair.indexOf('=');
  if (at > 0) return [pair.slice(0, at).trim(), pair.slice(at + 1)];
  throw badUsage({
    ru: `--field: нужно «код=значение», а дано «${pair}»`,
    en: `--field: "code=value" is needed, "${pair}" was given`,
  });
}

/** A sentence for each wrong value, with the option and the value as they were typed. */
function refusalOf(error: ApiError, options: LeadOptions): CommandError {
  const lines = (language: 'ru' | 'en') => {
    const problem = problemOf(error, language);
    const errors = problem.errors ?? [{ path: '', message: problem.title }];
    return errors.map((one) => `${optionOf(one.path, options)}: ${one.message}`).join('\n');
  };
  return new CommandError({ ru: lines('ru'), en: lines('en') }, { cause: error });
}

function optionOf(path: string, options: LeadOptions): string {
  const phone = /^phones\[(\d+)\]/.exec(path);
  if (phone) return `--phone ${options.phone?.[Number(phone[1])] ?? ''}`;
  if (path === 'phones') return '--phone';
  if (path.startsWith('fields.')) return `--field ${path.slice('fields.'.length)}`;
  return path === 'stageId' ? '--stage' : `--${path}`;
}
