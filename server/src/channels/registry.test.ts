import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { channels, requireChannel } from './registry.ts';

const here = import.meta.dirname;
const folders = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map((entry) => entry.name);

test('every folder is a registered channel, and every channel has a folder', () => {
  expect(Object.keys(channels).sort()).toEqual(folders.sort());
});

test('a channel that does not exist is an error', () => {
  expect(() => requireChannel('toString')).toThrow('there is no channel "toString"');
});

describe.each(folders)('%s', (folder) => {
  const { describe: description, config, secretNames, ...channel } = requireChannel(folder);

  test.each(['README.md', 'schema.ts', 'errors.ts', 'adapter.ts', 'adapter.test.ts'])('has %s', (file) => {
    expect(existsSync(join(here, folder, file))).toBe(true);
  });

  test('runs the contract suite', () => {
    expect(readFileSync(join(here, folder, 'adapter.test.ts'), 'utf8')).toContain('describeChannelContract(');
  });

  test('is described in both languages', () => {
    expect(description.id).toBe(folder);
    expect(description.mediums.length).toBeGreaterThan(0);
    const texts = [
      description.name,
      ...description.form.flatMap((field) => [
        field.label,
        field.hint,
        ...(field.options ?? []).map((option) => option.label),
      ]),
    ];
    for (const text of texts) {
      if (text) expect([text.ru.trim(), text.en.trim()]).not.toContain('');
    }
    for (const field of description.form) expect(field.label.ru).toMatch(/[а-яё]/i);
  });

  test('its secrets are secret in the form, and only they', () => {
    const secretFields = description.form.filter((field) => field.type === 'secret').map((field) => field.name);
    expect(secretFields.sort()).toEqual([...secretNames].sort());
  });

  test('an empty form is refused exactly when a field without a default is required', () => {
    const parsed = config.safeParse({});
    const missing = parsed.success ? [] : parsed.error.issues.map((issue) => String(issue.path[0]));
    const required = description.form.filter((field) => field.required).map((field) => field.name);
    for (const name of missing) expect(required).toContain(name);
    if (required.length > 0) expect(missing.length).toBeGreaterThan(0);
  });

  test('can do what it says', () => {
    const { abilities } = description;
    expect({
      check: Boolean(channel.check),
      text: Boolean(channel.sendText ?? channel.connect),
      file: Boolean(channel.sendFile),
      lookUp: Boolean(channel.lookUp),
      connection: Boolean(channel.connect),
    }).toEqual({
      check: abilities.check,
      text: abilities.text,
      file: abilities.file,
      lookUp: abilities.lookUp,
      connection: abilities.connection,
    });
  });
});
