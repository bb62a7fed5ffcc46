import type { Round } from './round.ts';

/** The rounds of one part of the bench; the ceiling's and the product's were run in turns. */
export interface Part {
  ceiling: Round[];
  product: Round[];
  steadyCeiling: Round | null;
  steadyProduct: Round | null;
}

/** The ratio of medians that everything is judged by. */
export function ratioOf(part: Part): number {
  return median(part.product.map((round) => round.leadsPerSecond)) / median(part.ceiling.map((r) => r.leadsPerSecond));
}

/**
 * The same ratio by processor time of everything that takes part: what the rate comes to when the processor is the limit. Other work
 * on the machine disturbs it far less. Null where there is no /proc.
 */
export function processorRatioOf(part: Part): number | null {
  const spent = (rounds: Round[]) =>
    medianOf(rounds, (round) =>
      round.cpuPerThousand === null || round.otherCpuPerThousand === null
        ? null
        : round.cpuPerThousand + round.otherCpuPerThousand + (round.databaseCpuPerThousand ?? 0),
    );
  const [ceiling, product] = [spent(part.ceiling), spent(part.product)];
  return ceiling === null || product === null ? null : ceiling / product;
}

/** The table of one part. */
export function tableOf(part: Part): string {
  const rows: [string, string, string][] = [
    ['', 'ceiling', 'product'],
    both('leads per second', part, (round) => round.leadsPerSecond, 0),
    [
      '  each round',
      part.ceiling.map((round) => show(round.leadsPerSecond, 0)).join(' '),
      part.product.map((round) => show(round.leadsPerSecond, 0)).join(' '),
    ],
    both('  answer to the post, p50 ms', part, (round) => at(round.answerMs, 0.5), 0),
    both('  answer to the post, p99 ms', part, (round) => at(round.answerMs, 0.99), 0),
    ...steadyRows(part),
    both('commits per lead', part, (round) => round.commitsPerLead, 3),
    both('WAL KB per lead', part, (round) => round.walKilobytesPerLead, 2),
    both('CPU s per 1,000 leads: process', part, (round) => round.cpuPerThousand, 3),
    both('CPU s per 1,000 leads: PostgreSQL', part, (round) => round.databaseCpuPerThousand, 3),
    both('CPU s per 1,000 leads: provider and load', part, (round) => round.otherCpuPerThousand, 3),
    both('memory MB: process', part, (round) => round.residentMegabytes, 0),
    both('memory MB: PostgreSQL', part, (round) => round.databaseMegabytes, 0),
  ];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(([name, ...values]) =>
      [name.padEnd(widths[0] ?? 0), ...values.map((value, column) => value.padStart(widths[column + 1] ?? 0))].join(
        '  ',
      ),
    )
    .join('\n');
}

function steadyRows(part: Part): [string, string, string][] {
  const { steadyCeiling: ceiling, steadyProduct: product } = part;
  if (!ceiling || !product) return [];
  return [0.5, 0.99].map((quantile) => [
    `post to first message at 100 a second, p${quantile * 100} ms`,
    show(at(ceiling.firstMessageMs, quantile), 0),
    show(at(product.firstMessageMs, quantile), 0),
  ]);
}

function both(
  name: string,
  part: Part,
  pick: (round: Round) => number | null,
  digits: number,
): [string, string, string] {
  const one = (rounds: Round[]) => {
    const value = medianOf(rounds, pick);
    return value === null ? '-' : show(value, digits);
  };
  return [name, one(part.ceiling), one(part.product)];
}

function show(value: number, digits: number): string {
  return value.toFixed(digits);
}

function medianOf(rounds: Round[], pick: (round: Round) => number | null): number | null {
  const values = rounds.map(pick).filter((value) => value !== null);
  return values.length === 0 ? null : median(values);
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return sorted.length % 2 === 1
    ? (sorted[Math.floor(middle)] ?? 0)
    : ((sorted[middle - 1] ?? 0) + (sorted[middle] ?? 0)) / 2;
}

/** A quantile of sorted values, by the nearest rank. */
function at(sorted: number[], quantile: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * quantile) - 1)] ?? 0;
}
