import { z } from 'zod';
import type { RobotKind, SettingsProblem, WorkspaceView } from '../kind.ts';
import { checkLink, checkLinkTemplate } from '../link.ts';
import { PhonePick } from '../phone-pick.ts';
import { failedSend, failedSendBecause, phoneField, sendResults, sendTo, validateLine } from '../sending.ts';
import { MAX_TEXT } from '../template.ts';
import { TimeoutSeconds, timeoutField } from '../timeout.ts';

const emptyAsNull = (text: string | null) => (text?.trim() ? text : null);

const Settings = z
  .strictObject({
    lineId: z.string().min(1).max(60),
    phone: PhonePick,
    /** A direct link, or the id of an uploaded file: one of the two. */
    url: z.string().max(4_000).nullable().default(null).transform(emptyAsNull),
    fileId: z.string().max(60).nullable().default(null).transform(emptyAsNull),
    caption: z.string().max(MAX_TEXT).nullable().default(null).transform(emptyAsNull),
    timeoutSeconds: TimeoutSeconds,
  })
  .refine((settings) => (settings.url === null) !== (settings.fileId === null), {
    params: { problem: 'file-or-link' },
  });
type Settings = z.infer<typeof Settings>;

/** «WhatsApp - Отправка файла»: sends a file by its direct link, or one uploaded to Otklik. */
export const whatsappFile: RobotKind<Settings> = {
  id: 'whatsapp.file',
  label: { ru: 'WhatsApp - Отправка файла', en: 'WhatsApp - Send a file' },
  settings: Settings,
  form: [
    {
      name: 'lineId',
      type: 'line',
      medium: 'whatsapp',
      label: { ru: 'Линия WhatsApp', en: 'WhatsApp line' },
      required: true,
    },
    phoneField,
    {
      name: 'url',
      type: 'template',
      label: { ru: 'Прямая ссылка на файл', en: 'Direct link to the file' },
      hint: { ru: 'По ней сразу начинается скачивание', en: 'Opening it starts the download at once' },
      required: false,
    },
    { name: 'fileId', type: 'file', label: { ru: 'Загруженный файл', en: 'Uploaded file' }, required: false },
    { name: 'caption', type: 'template', label: { ru: 'Подпись', en: 'Caption' }, required: false },
    timeoutField,
  ],
  results: sendResults,
  templates: ({ url, caption }) => [
    ...(url === null ? [] : [{ path: 'url', text: url }]),
    ...(caption === null ? [] : [{ path: 'caption', text: caption }]),
  ],
  validate: (settings, workspace) => [
    ...validateFileLine(settings, workspace),
    ...(settings.url === null ? [] : linkProblems(settings.url)),
    ...(settings.fileId === null || workspace.files.has(settings.fileId) ? [] : [unknownFile]),
  ],
  act(settings, view, render) {
    const caption = render(settings.caption ?? '');
    if (!caption.ok) return failedSend(caption.error);
    const content = { kind: 'file', caption: emptyAsNull(caption.value) } as const;
    if (settings.fileId !== null) {
      return sendTo(settings, 'whatsapp', view, { ...content, source: { fileId: settings.fileId } });
    }
    const url = render(settings.url ?? '');
    if (!url.ok) return failedSend(url.error);
    const problem = checkLink(url.value);
    if (problem) return failedSendBecause(problem.code === 'link-not-http' ? 'not-a-link' : 'share-link', view);
    return sendTo(settings, 'whatsapp', view, { ...content, source: { url: url.value.trim() } });
  },
};

const unknownFile: SettingsProblem = { path: 'fileId', code: 'unknown-file' };

function linkProblems(url: string): SettingsProblem[] {
  const problem = checkLinkTemplate(url);
  return problem ? [{ path: 'url', ...problem }] : [];
}

/** An uploaded file goes as bytes where the line takes them; else the provider's cloud must be able to fetch it from us. */
function validateFileLine(settings: Settings, workspace: WorkspaceView): SettingsProblem[] {
  const problems = validateLine(settings.lineId, 'whatsapp', workspace);
  const line = workspace.lines.get(settings.lineId);
  if (problems.length > 0 || !line) return problems;
  if (!line.file) return [{ path: 'lineId', code: 'line-cannot-send-files', params: { line: line.name } }];
  if (settings.fileId === null || line.fileBytes || workspace.publicUrl) return [];
  return [{ path: 'fileId', code: 'needs-public-url', params: { line: line.name } }];
}
