import type { Context } from '../../context.ts';
import type { WorkspaceId } from '../../lib/id.ts';
import { openLine } from '../../lines/open-line.ts';
import { testLine } from '../../lines/test-line.ts';
import { type Finding, fine, problem, warning } from './finding.ts';

interface LineName {
  workspaceId: WorkspaceId;
  id: string;
  name: string;
}

/** Asks every line's provider how it is, at the same time. Nothing is sent to anybody. */
export async function checkLines(context: Context): Promise<Finding[]> {
  const { rows } = await context.pool.query<LineName>(
    'select workspace_id as "workspaceId", id, name from lines where deleted_at is null order by created_at, id',
  );
  if (rows.length === 0) {
    return [warning('Нет ни одной линии: добавьте её в настройках', 'There is no line: add one in the settings')];
  }
  return Promise.all(rows.map((row) => checkLine(context, row)));
}

async function checkLine(context: Context, row: LineName): Promise<Finding> {
  const line = await openLine(context, row.workspaceId, row.id);
  if (line === null) {
    return problem(
      `Линия «${row.name}»: настройки не читаются, введите их заново`,
      `Line "${row.name}": its settings cannot be read, enter them again`,
    );
  }
  if (line.paused) {
    return warning(
      `Линия «${row.name}» на паузе: включите её, чтобы сообщения уходили`,
      `Line "${row.name}" is paused: turn it on for messages to leave`,
    );
  }
  const { state, detail, advice } = await testLine(context, line);
  const more = detail ? ` (${detail})` : '';
  const ru = `Линия «${row.name}»: ${advice.ru}${more}`;
  const en = `Line "${row.name}": ${advice.en}${more}`;
  if (state === 'working') return fine(ru, en);
  return state === 'unknown' || state === 'connecting' ? warning(ru, en) : problem(ru, en);
}
