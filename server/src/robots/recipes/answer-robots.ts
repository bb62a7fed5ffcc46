import type { Language } from '../../accounts/principal.ts';
import type { Condition, Robot } from '../robot.ts';
import type { RecipeChoices } from './recipe.ts';

/** The robots that both of the seed's scenarios are made of. */

const TEXTS: Record<Language, { message: string; caption: string; sms: string }> = {
  ru: {
    message:
      'Здравствуйте{% if lead.name %}, {{ lead.name }}{% endif %}! Спасибо за обращение. Мы получили вашу заявку и скоро свяжемся с вами.',
    caption: 'Наше предложение',
    sms: 'Здравствуйте! Мы получили вашу заявку и скоро свяжемся с вами.',
  },
  en: {
    message:
      'Hello{% if lead.name %}, {{ lead.name }}{% endif %}! Thank you for your request. We have received it and will contact you soon.',
    caption: 'Our offer',
    sms: 'Hello! We have received your request and will contact you soon.',
  },
};

/** Checks the lead's first number. */
export function checkRobot(): Robot {
  return robot({ ref: 'check', kind: 'whatsapp.check', settings: { phone: { pick: 'first' }, lineId: null } });
}

/** Message and file where `value` is Y, SMS where it is N; each after the one above, the first as `after` says. */
export function answerRobots(value: string, after: Robot['after'], choices: RecipeChoices): Robot[] {
  const texts = TEXTS[choices.language];
  const phone = { pick: 'first' };
  const lineId = choices.whatsappLineId;
  const file =
    'url' in choices.file ? { url: choices.file.url, fileId: null } : { url: null, fileId: choices.file.fileId };
  const whatsapp: Condition = { all: [{ value, op: 'equals', to: 'Y' }] };
  const sms: Condition = { all: [{ value, op: 'equals', to: 'N' }] };
  return [
    robot({
      ref: 'message',
      kind: 'whatsapp.message',
      after,
      condition: whatsapp,
      settings: { lineId, phone, text: texts.message },
    }),
    robot({
      ref: 'file',
      kind: 'whatsapp.file',
      after: 'previous',
      condition: whatsapp,
      settings: { lineId, phone, ...file, caption: texts.caption },
    }),
    robot({
      ref: 'sms',
      kind: 'sms.message',
      after: 'previous',
      condition: sms,
      settings: { lineId: choices.smsLineId, phone, text: texts.sms },
    }),
  ];
}

/** A robot with everything it does not name left at its default. */
export function robot(given: Pick<Robot, 'ref' | 'kind' | 'settings'> & Partial<Robot>): Robot {
  const settings = given.kind.startsWith('lead.') ? given.settings : { ...given.settings, timeoutSeconds: 600 };
  return { title: null, enabled: true, after: 'parallel', delaySeconds: 0, condition: null, ...given, settings };
}
