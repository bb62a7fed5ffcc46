import { readFile } from 'node:fs/promises';
import { text as readAll } from 'node:stream/consumers';
import type { Command } from 'commander';
import type { Language } from '../accounts/principal.ts';
import { inTransaction } from '../db/transaction.ts';
import { type Problem, problemMessage } from '../robots/problem.ts';
import { readRobots } from '../robots/robot-list.ts';
import { exportRobots, importRobots, parseRobotsYaml } from '../robots/robots-yaml.ts';
import { type SavedRobots, type SaveRefusal, saveRobots } from '../robots/save-robots.ts';
import { filesNamedBy, readWorkspaceView } from '../robots/workspace-view.ts';
import { badUsage, CommandError } from './command-error.ts';
import { findStage } from './find-stage.ts';
import { workspaceOption } from './options.ts';
import { chooseWorkspace, type Session, withSession } from './session.ts';
import type { Terminal } from './terminal.ts';

interface RobotsOptions {
  stage: string;
  workspace?: string;
}

/** `robots export|import`. */
export function addRobotsCommands(program: Command, terminal: Terminal): void {
  const group = program.command('robots').description(terminal.say({ ru: 'роботы стадий', en: 'robots of stages' }));
  const stageHelp = terminal.say({ ru: 'стадия, имя или id', en: 'stage, by name or id' });
  group
    .command('export')
    .description(terminal.say({ ru: 'напечатать роботов стадии как YAML', en: 'print the robots of a stage as YAML' }))
    .requiredOption('--stage <stage>', stageHelp)
    .addOption(workspaceOption(terminal))
    .action((options: RobotsOptions) => exportStage(terminal, options));
  group
    .command('import [file]')
    .description(
      terminal.say({
        ru: 'заменить роботов стадии теми, что в YAML; без файла читает stdin',
        en: 'replace the robots of a stage by those in YAML; without a file reads stdin',
      }),
    )
    .requiredOption('--stage <stage>', stageHelp)
    .addOption(workspaceOption(terminal))
    .action((file: string | undefined, options: RobotsOptions) => importStage(terminal, file, options));
}

function exportStage(terminal: Terminal, options: RobotsOptions): Promise<void> {
  return withSession(terminal, {}, async (session) => {
    const { pool } = session.context;
    const workspace = await chooseWorkspace(session, terminal, options.workspace);
    const stage = await findStage(pool, workspace.id, options.stage);
    const robots = (await readRobots(pool, workspace.id, stage.id))?.robots ?? [];
    const view = await readWorkspaceView(pool, workspace.id, { publicUrl: false, files: filesNamedBy(robots) });
    terminal.stdout.write(exportRobots(robots, view));
  });
}

async function importStage(terminal: Terminal, file: string | undefined, options: RobotsOptions): Promise<void> {
  if (file === undefined && terminal.stdin.isTTY) {
    throw badUsage({
      ru: 'Укажите файл YAML или передайте его через stdin: robots import --stage S file.yaml',
      en: 'Name a YAML file or pipe it in: robots import --stage S file.yaml',
    });
  }
  const yaml = file === undefined ? await readAll(terminal.stdin) : await readFile(file, 'utf8');
  await withSession(terminal, {}, async (session) => {
    const workspace = await chooseWorkspace(session, terminal, options.workspace);
    const stage = await findStage(session.context.pool, workspace.id, options.stage);
    const saved = await storeYaml(session, { workspaceId: workspace.id, stageId: stage.id }, yaml);
    for (const warning of saved.warnings) {
      terminal.note({ ru: `${lineOf(warning, 'ru')} (сохранено)`, en: `${lineOf(warning, 'en')} (saved)` });
    }
    const { robots, version } = saved;
    terminal.print(
      terminal.say({
        ru: `Стадия «${stage.name}»: роботов ${robots.length}, версия ${version}`,
        en: `Stage "${stage.name}": ${robots.length} robots, version ${version}`,
      }),
    );
  });
}

async function storeYaml(
  session: Session,
  where: Pick<Parameters<typeof saveRobots>[1], 'workspaceId' | 'stageId'>,
  yaml: string,
): Promise<SavedRobots> {
  const publicUrl = session.context.config.publicUrl !== null;
  const parsed = parseRobotsYaml(yaml);
  if (!parsed.ok) throw refused(parsed.error);
  const saved = await inTransaction(session.context.pool, async (tx) => {
    const view = await readWorkspaceView(tx, where.workspaceId, { publicUrl, files: filesNamedBy(parsed.value) });
    const imported = importRobots(yaml, view);
    if (!imported.ok) throw refused(imported.error);
    const expectedVersion = (await readRobots(tx, where.workspaceId, where.stageId))?.version ?? 0;
    return saveRobots(tx, { ...where, expectedVersion, robots: imported.value, userId: null, publicUrl });
  });
  if (!saved.ok) throw refusalOf(saved.error);
  return saved.value;
}

function refusalOf(refusal: SaveRefusal): CommandError {
  if (refusal.reason === 'invalid') return refused(refusal.problems);
  return new CommandError({
    ru: 'Роботов этой стадии только что изменил кто-то другой: повторите команду',
    en: 'Somebody else has just changed the robots of this stage: run the command again',
  });
}

function refused(problems: readonly Problem[]): CommandError {
  const lines = (language: Language) => problems.map((problem) => lineOf(problem, language)).join('\n');
  return new CommandError({ ru: lines('ru'), en: lines('en') });
}

function lineOf(problem: Problem, language: Language): string {
  return `${problem.path}: ${problemMessage(problem, language)}`;
}
