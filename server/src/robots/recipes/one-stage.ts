import { answerRobots, checkRobot } from './answer-robots.ts';
import type { Recipe } from './recipe.ts';

/** The seed's scenario 1: everything on the stage where leads arrive. */
export const oneStage: Recipe = {
  id: 'one-stage',
  name: {
    ru: 'WhatsApp, а если его нет — SMS: один раз, на первой стадии',
    en: 'WhatsApp, or an SMS where there is none: once, on the first stage',
  },
  description: {
    ru: 'Проверяет номер. Есть WhatsApp: отправляет сообщение и файл. Нет: отправляет SMS.',
    en: 'Checks the number. With WhatsApp it sends a message and a file, without it an SMS.',
  },
  needs: { choices: ['whatsappLineId', 'smsLineId', 'file'], fields: [] },
  places: ['first'],
  robotsFor(place, choices) {
    return place === 'first' ? [checkRobot(), ...answerRobots('check.exists', 'previous', choices)] : [];
  },
};
