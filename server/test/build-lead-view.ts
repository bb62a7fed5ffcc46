import type { LeadView } from '../src/robots/kind.ts';

/** A lead as a robot sees it; `overrides` replace whole parts. */
export function buildLeadView(overrides: Partial<LeadView> = {}): LeadView {
  return {
    language: 'ru',
    lead: {
      id: 'lead_1',
      title: 'Заявка с сайта',
      name: 'Анна',
      email: null,
      source: 'сайт',
      stage: 'Не обработан',
      createdAt: new Date('2026-01-01T00:00:00Z'),
    },
    phones: [{ value: '+79001234567', type: 'WORK' }],
    fields: {},
    results: {},
    ...overrides,
  };
}
