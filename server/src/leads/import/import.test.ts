import { describe, expect, it } from 'vitest';
import type { LeadId } from '../../lib/id.ts';
import type { Field } from '../fields.ts';
import { matchColumns } from './columns.ts';
import { planImport } from './plan-import.ts';
import { readCsv } from './read-csv.ts';
import { readRows } from './read-rows.ts';

const budget: Field = {
  id: 'field_1',
  code: 'budget',
  name: 'Бюджет, руб.',
  type: 'number',
  options: [],
  onCard: false,
};

async function read(text: string | Buffer) {
  const table = await readCsv(Buffer.from(text));
  if (!table.ok) throw new Error(table.error.code);
  return readRows(table.value, matchColumns(table.value.header, [budget]), 'RU');
}

describe('readCsv', () => {
  it.each([
    ['semicolons', 'Телефон;Имя\n1;Иван, мл.\n'],
    ['commas', 'Телефон,Имя\n1,"Иван, мл."\n'],
    ['tabs and a mark', '\uFEFFТелефон\tИмя\r\n1\tИван, мл.\r\n'],
    ['an announced separator', 'sep=;\r\nТелефон;Имя\r\n1;Иван, мл.\r\n'],
    ['UTF-16', Buffer.from('\uFEFFТелефон;Имя\r\n1;Иван, мл.\r\n', 'utf16le')],
  ])('reads %s', async (_what, text) => {
    const table = await readCsv(Buffer.from(text));
    expect(table).toMatchObject({
      ok: true,
      value: { header: ['Телефон', 'Имя'], rows: [{ cells: ['1', 'Иван, мл.'] }] },
    });
  });

  it('numbers rows as a spreadsheet does, with blank rows and broken lines inside cells', async () => {
    const table = await readCsv(Buffer.from('Телефон;Имя\n\n1;"две\nстроки"\n;\n2;Б\n'));
    expect(table.ok && table.value.rows.map((row) => row.row)).toEqual([3, 5]);
  });

  it('reads quotes inside a cell that is not quoted', async () => {
    const table = await readCsv(Buffer.from('Телефон;Имя\n1;ООО "Ромашка"\n'));
    expect(table.ok && table.value.rows[0]?.cells).toEqual(['1', 'ООО "Ромашка"']);
  });

  it('keeps a cell with broken quotes as it stands and names the row of a quote that never closes', async () => {
    const table = await readCsv(Buffer.from('Телефон;Имя\n2;"ООО "Ромашка""\n'));
    expect(table.ok && table.value.rows[0]?.cells).toEqual(['2', '"ООО "Ромашка""']);
    expect(await readCsv(Buffer.from('Телефон;Имя\n1;А\n2;"ООО Ромашка\n3;Б\n'))).toEqual({
      ok: false,
      error: { code: 'csv.quotes', row: 3 },
    });
  });
});

describe('readRows', () => {
  it('takes several phones of a cell, kinds of phone by column and a name of three columns', async () => {
    const { rows, rejected } = await read(
      'Фамилия;Имя;Отчество;Моб. тел.;Телефон 2;E-mail;Бюджет, руб.;Примечание\nИванов;Пётр;Ильич;8 900 111-22-33, 8 900 111-22-34;8(495)1234567;p@example.com;1 000;ждёт\n',
    );
    expect(rejected).toEqual([]);
    expect(rows).toEqual([
      {
        row: 2,
        title: null,
        name: 'Иванов Пётр Ильич',
        email: 'p@example.com',
        source: null,
        comment: 'ждёт',
        fields: { budget: 1000 },
        phones: [
          { value: '+79001112233', type: 'MOBILE' },
          { value: '+79001112234', type: 'MOBILE' },
          { value: '+74951234567', type: 'WORK' },
        ],
      },
    ]);
  });

  it('rejects a row for its first wrong cell and says where', async () => {
    const { rows, rejected } = await read(
      'Phone,Name,Email,budget\n123,A,,\n,B,,\n+79001112233,C,c@,\n+79001112233,D,,много\n7.9E+10,E,,\n+79001112233,F,,,x\n',
    );
    expect(rows).toEqual([]);
    expect(rejected.map(({ row, column, code }) => [row, column, code])).toEqual([
      [2, 'Phone', 'phone.too-short'],
      [3, null, 'row.no-contact'],
      [4, 'Email', 'email.invalid'],
      [5, 'budget', 'field.not-a-number'],
      [6, 'Phone', 'phone.rounded'],
      [7, null, 'row.too-many-cells'],
    ]);
  });
});

describe('planImport', () => {
  const csv = 'Phone,Name\n+79001112233,А\n+79001112244,Б\n"+79001112244,+79001112255",В\n+79001112255,Г\n';
  const known = new Map<string, LeadId>([['+79001112233', 'lead_1']]);
  const sizes = async (duplicates: 'skip' | 'update' | 'create') => {
    const plan = planImport((await read(csv)).rows, known, duplicates);
    return {
      create: plan.create.map((row) => row.name),
      update: plan.update.length,
      skip: plan.skip.length,
      merged: plan.merged,
    };
  };

  it('skips rows whose phone is known, in the database or further up', async () => {
    expect(await sizes('skip')).toEqual({ create: ['Б', 'Г'], update: 0, skip: 2, merged: 0 });
  });

  it('updates them, and brings rows of one phone together', async () => {
    expect(await sizes('update')).toEqual({ create: ['Г'], update: 1, skip: 0, merged: 2 });
  });

  it('creates all when asked to', async () => {
    expect(await sizes('create')).toEqual({ create: ['А', 'Б', 'В', 'Г'], update: 0, skip: 0, merged: 0 });
  });
});
