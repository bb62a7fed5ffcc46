import type { Pdu } from 'smpp';
import smpp from 'smpp';

/** One submit that the fake took, as it would go to the phone. */
export interface SmscSubmit {
  id: string;
  at: number;
  from: string;
  to: string;
  /** The text of this part. */
  text: string;
  dataCoding: number;
  /** Type and plan of the addresses, such as `5/0`. */
  fromType: string;
  toType: string;
  wantsReceipt: boolean;
  validUntil: number;
  piece: { reference: number; total: number; sequence: number } | null;
}

/** A whole message as the phone shows it. */
export interface SmscMessage {
  ids: string[];
  at: number;
  from: string;
  to: string;
  text: string;
}

/** What the phones got: parts as they came, and messages put together by the user data header as a phone does. */
export class SmscInbox {
  readonly submits: SmscSubmit[] = [];
  readonly messages: SmscMessage[] = [];
  readonly #begun = new Map<string, { submit: SmscSubmit; bytes: Buffer }[]>();

  record(id: string, pdu: Pdu): SmscSubmit {
    const body = pdu['short_message'] as Buffer;
    const { piece, bytes } = splitHeader(body, (Number(pdu['esm_class']) & 0x40) !== 0);
    const dataCoding = Number(pdu['data_coding']);
    const addresses = { from: String(pdu['source_addr']), to: String(pdu['destination_addr']) };
    const types = {
      fromType: `${pdu['source_addr_ton']}/${pdu['source_addr_npi']}`,
      toType: `${pdu['dest_addr_ton']}/${pdu['dest_addr_npi']}`,
    };
    const submit: SmscSubmit = {
      id,
      at: Date.now(),
      ...addresses,
      ...types,
      wantsReceipt: pdu['registered_delivery'] === 1,
      validUntil: Number(pdu['validity_period']),
      text: decode(dataCoding, bytes),
      dataCoding,
      piece,
    };
    this.submits.push(submit);
    this.#assemble(submit, bytes);
    return submit;
  }

  clear(): void {
    this.submits.length = 0;
    this.messages.length = 0;
    this.#begun.clear();
  }

  #assemble(submit: SmscSubmit, bytes: Buffer): void {
    const { piece } = submit;
    const key = piece === null ? '' : `${submit.from}/${submit.to}/${piece.reference}/${piece.total}`;
    const parts = [...(piece === null ? [] : (this.#begun.get(key) ?? [])), { submit, bytes }];
    if (piece !== null && parts.length < piece.total) {
      this.#begun.set(key, parts);
      return;
    }
    this.#begun.delete(key);
    parts.sort((one, other) => (one.submit.piece?.sequence ?? 0) - (other.submit.piece?.sequence ?? 0));
    const text = decode(submit.dataCoding, Buffer.concat(parts.map((part) => part.bytes)));
    const ids = parts.map((part) => part.submit.id);
    this.messages.push({ ids, at: submit.at, from: submit.from, to: submit.to, text });
  }
}

/** By other code than the product's on purpose: a table that is wrong in both would look right. */
function decode(dataCoding: number, bytes: Buffer): string {
  return dataCoding === 8
    ? new TextDecoder('utf-16be', { ignoreBOM: true }).decode(bytes)
    : smpp.encodings.ASCII.decode(bytes);
}

function splitHeader(body: Buffer, hasHeader: boolean): { piece: SmscSubmit['piece']; bytes: Buffer } {
  if (!hasHeader) {
    return { piece: null, bytes: body };
  }
  const [length = 0, element, , reference = 0, total = 0, sequence = 0] = body;
  if (length !== 5 || element !== 0) {
    throw new Error(`The fake SMSC knows only headers 05 00 03, not ${body.subarray(0, length + 1).toString('hex')}`);
  }
  return { piece: { reference, total, sequence }, bytes: body.subarray(6) };
}
