import type { SmppConfig } from './schema.ts';
import { encodeSegments } from './segments.ts';

/** The fields of one submit_sm; the rest of the PDU are zeros. https://smpp.org/SMPP_v3_4_Issue1_2.pdf §4.4.1 */
export interface SubmitFields {
  source_addr_ton: number;
  source_addr_npi: number;
  source_addr: string;
  dest_addr_ton: number;
  dest_addr_npi: number;
  destination_addr: string;
  esm_class: number;
  data_coding: number;
  validity_period: string;
  registered_delivery: number;
  short_message: Buffer;
}

type Source = Pick<SubmitFields, 'source_addr_ton' | 'source_addr_npi' | 'source_addr'>;

/** YYMMDDhhmmss, tenths, quarters of an hour, R for relative: one day. §7.1.1.2 */
const ONE_DAY = '000001000000000R';
const FINAL_RECEIPT = 1;
const TON = { unknown: 0, international: 1, alphanumeric: 5 } as const;
const NPI = { unknown: 0, isdn: 1 } as const;
const LONGEST_SHORT_CODE = 6;

/** The submits of one text, in the order in which they must leave. */
export function planSubmits(
  config: SmppConfig,
  message: { to: string; text: string },
  reference: number,
): SubmitFields[] {
  const source = sourceAddress(config.source ?? '');
  return encodeSegments(message.text, reference).map((segment) => ({
    ...source,
    dest_addr_ton: TON.international,
    dest_addr_npi: NPI.isdn,
    destination_addr: message.to.replace(/\D/g, ''),
    esm_class: segment.esmClass,
    data_coding: segment.dataCoding,
    validity_period: ONE_DAY,
    registered_delivery: FINAL_RECEIPT,
    short_message: segment.bytes,
  }));
}

/** A name is alphanumeric, a number international, a short code of no kind; without one the SMSC takes the account's own. */
function sourceAddress(source: string): Source {
  if (source === '') {
    return { source_addr_ton: TON.unknown, source_addr_npi: NPI.unknown, source_addr: '' };
  }
  if (!/^\+?\d+$/.test(source)) {
    return { source_addr_ton: TON.alphanumeric, source_addr_npi: NPI.unknown, source_addr: source };
  }
  const digits = source.replace('+', '');
  const ton = digits.length > LONGEST_SHORT_CODE ? TON.international : TON.unknown;
  return { source_addr_ton: ton, source_addr_npi: NPI.isdn, source_addr: digits };
}
