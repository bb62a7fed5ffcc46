import type { WorkspaceView } from '../src/robots/kind.ts';
import type { Robot } from '../src/robots/robot.ts';

/** A robot that is valid in `buildWorkspaceView`; `overrides` replace whole parts. */
export function buildRobot(overrides: Partial<Robot> = {}): Robot {
  return {
    ref: 'check',
    kind: 'whatsapp.check',
    title: null,
    enabled: true,
    after: 'parallel',
    delaySeconds: 0,
    condition: null,
    settings: { phone: { pick: 'first' } },
    ...overrides,
  };
}

/** A workspace with a line of each medium, two stages, a field of each type and a file. */
export function buildWorkspaceView(overrides: Partial<WorkspaceView> = {}): WorkspaceView {
  const abilities = { check: true, file: true, fileBytes: true };
  return {
    lines: new Map([
      ['line_wa', { name: 'WhatsApp симулятор', medium: 'whatsapp', channel: 'simulator', ...abilities }],
      ['line_sms', { name: 'SMS симулятор', medium: 'sms', channel: 'simulator', ...abilities, check: false }],
    ]),
    stages: new Map([
      ['stage_1', { name: 'Не обработан' }],
      ['stage_2', { name: 'В работе' }],
    ]),
    fields: new Map([
      ['number_exists', { name: 'Номер существует?', type: 'string', options: [] }],
      ['sum', { name: 'Сумма', type: 'number', options: [] }],
      ['vip', { name: 'Важный', type: 'yes-no', options: [] }],
      ['call_on', { name: 'Позвонить', type: 'date', options: [] }],
      ['city', { name: 'Город', type: 'list', options: ['Москва', 'Казань'] }],
    ]),
    files: new Map([['file_1', { name: 'price.pdf' }]]),
    publicUrl: false,
    ...overrides,
  };
}
