import { expect, test } from 'vitest';
import { buildWorkspaceView } from '../../../test/build-robot.ts';
import { chainsOf } from '../chains.ts';
import { validateRobots } from '../validate.ts';
import type { RecipeChoices } from './recipe.ts';
import { recipes } from './recipes.ts';

const view = buildWorkspaceView();
const choices: RecipeChoices = {
  language: 'ru',
  whatsappLineId: 'line_wa',
  smsLineId: 'line_sms',
  file: { url: 'https://example.com/price.pdf' },
};

function install(id: string, place: 'first' | 'sender', given: RecipeChoices = choices) {
  return recipes.get(id)!.robotsFor(place, given);
}

test.each([...recipes.values()])(
  '$id is valid as it is stored, in both languages and with either kind of file',
  (recipe) => {
    for (const language of ['ru', 'en'] as const) {
      for (const file of [choices.file, { fileId: 'file_1' }]) {
        for (const place of recipe.places) {
          const robots = recipe.robotsFor(place, { ...choices, language, file });
          expect(validateRobots(robots, view)).toMatchObject({ problems: [], robots });
        }
      }
    }
  },
);

test('scenario 1 is one chain: check, then message and file for Y, then SMS for N', () => {
  const robots = install('one-stage', 'first');
  expect(chainsOf(robots)).toEqual([[0, 1, 2, 3]]);
  expect(robots.map(({ kind, condition }) => [kind, condition])).toEqual([
    ['whatsapp.check', null],
    ['whatsapp.message', { all: [{ value: 'check.exists', op: 'equals', to: 'Y' }] }],
    ['whatsapp.file', { all: [{ value: 'check.exists', op: 'equals', to: 'Y' }] }],
    ['sms.message', { all: [{ value: 'check.exists', op: 'equals', to: 'N' }] }],
  ]);
  expect(install('one-stage', 'sender')).toEqual([]);
});

test('scenario 2 writes the result down on the first stage, and sends by it on others', () => {
  const first = install('several-stages', 'first');
  expect(first.map((robot) => robot.kind)).toEqual(['whatsapp.check', 'lead.update']);
  expect(first[1]).toMatchObject({
    after: 'previous',
    condition: null,
    settings: { changes: [{ field: 'field.number_exists', value: '{{ check.exists }}' }] },
  });
  const sender = install('several-stages', 'sender');
  expect(chainsOf(sender)).toEqual([[0, 1, 2]]);
  expect(sender.map(({ kind, after, condition }) => [kind, after, condition])).toEqual([
    ['whatsapp.message', 'parallel', { all: [{ value: 'field.number_exists', op: 'equals', to: 'Y' }] }],
    ['whatsapp.file', 'previous', { all: [{ value: 'field.number_exists', op: 'equals', to: 'Y' }] }],
    ['sms.message', 'previous', { all: [{ value: 'field.number_exists', op: 'equals', to: 'N' }] }],
  ]);
});
