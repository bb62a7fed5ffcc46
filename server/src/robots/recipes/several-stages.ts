import { answerRobots, checkRobot, robot } from './answer-robots.ts';
import type { Recipe } from './recipe.ts';

const CODE = 'number_exists';

/** The seed's scenario 2: the first stage checks and keeps the result in a field, any later stage sends by that field. */
export const severalStages: Recipe = {
  id: 'several-stages',
  name: {
    ru: 'WhatsApp, а если его нет — SMS: на нескольких стадиях',
    en: 'WhatsApp, or an SMS where there is none: on several stages',
  },
  description: {
    ru: 'Первая стадия проверяет номер и записывает результат в поле «Номер существует?». Другие стадии по этому полю отправляют сообщение и файл в WhatsApp или SMS.',
    en: 'The first stage checks the number and keeps the result in the field "Номер существует?". Other stages send a message and a file over WhatsApp, or an SMS, by that field.',
  },
  needs: {
    choices: ['whatsappLineId', 'smsLineId', 'file'],
    fields: [{ code: CODE, name: 'Номер существует?', type: 'string' }],
  },
  places: ['first', 'sender'],
  robotsFor(place, choices) {
    if (place === 'sender') return answerRobots(`field.${CODE}`, 'parallel', choices);
    const changes = [{ field: `field.${CODE}`, value: '{{ check.exists }}' }];
    return [checkRobot(), robot({ ref: 'remember', kind: 'lead.update', after: 'previous', settings: { changes } })];
  },
};
