import { decodeGsm7 } from './gsm7.ts';
import type { Delivery } from './schema.ts';

const UDH_INDICATOR = 0x40;

/** One deliver_sm that a person wrote, or a part of what they wrote. */
export interface InboundPart {
  /** E.164 with `+`; a name or a short code as it came. */
  from: string;
  to: string;
  dataCoding: number;
  bytes: Buffer;
  /** Set when it is one of several. */
  piece: { reference: number; total: number; sequence: number } | null;
}

/** Reads a delivery: body from short_message or message_payload, parts from the user data header or the sar_* fields. */
export function readInbound(delivery: Delivery): InboundPart {
  const body = deliveredBytes(delivery);
  const hasHeader = (delivery.esm_class & UDH_INDICATOR) !== 0 && body.length > 0;
  const headerLength = hasHeader ? (body[0] ?? 0) + 1 : 0;
  return {
    from: toInternational(delivery.source_addr),
    to: delivery.destination_addr,
    dataCoding: delivery.data_coding,
    bytes: body.subarray(headerLength),
    piece: checkPiece(pieceOfHeader(body.subarray(0, headerLength)) ?? pieceOfFields(delivery)),
  };
}

/** The body, wherever the SMSC put it. */
export function deliveredBytes(delivery: Delivery): Buffer {
  return delivery.short_message.length > 0
    ? delivery.short_message
    : (delivery.message_payload ?? delivery.short_message);
}

/** Text of a body by its data_coding; a binary one is shown in hexadecimal. SMPP 3.4 §5.2.19, GSM 03.38 §4 */
export function decodeText(dataCoding: number, bytes: Buffer): string {
  switch (characterSet(dataCoding)) {
    case 'gsm7':
      return decodeGsm7(bytes);
    case 'latin1':
      return bytes.toString('latin1');
    case 'cyrillic':
      return new TextDecoder('iso-8859-5').decode(bytes);
    case 'ucs2':
      // A stray last octet is no character, and swap16 refuses it.
      return Buffer.from(bytes.subarray(0, bytes.length & ~1))
        .swap16()
        .toString('utf16le');
    case 'binary':
      return bytes.toString('hex');
  }
}

function characterSet(dataCoding: number): 'gsm7' | 'latin1' | 'cyrillic' | 'ucs2' | 'binary' {
  if (dataCoding >= 0x10) {
    const alphabet = dataCoding & 0x0c;
    return alphabet === 0x08 ? 'ucs2' : alphabet === 0x04 ? 'binary' : 'gsm7';
  }
  const sets: Readonly<Record<number, 'latin1' | 'cyrillic' | 'ucs2' | 'binary'>> = {
    1: 'latin1',
    2: 'binary',
    3: 'latin1',
    4: 'binary',
    6: 'cyrillic',
    8: 'ucs2',
  };
  return sets[dataCoding] ?? 'gsm7';
}

/** Element 00 has an 8-bit reference, 08 a 16-bit one. 3GPP TS 23.040 §9.2.3.24 */
function pieceOfHeader(header: Buffer): InboundPart['piece'] {
  let offset = 1;
  while (offset + 1 < header.length) {
    const length = header[offset + 1] ?? 0;
    const data = header.subarray(offset + 2, offset + 2 + length);
    if (header[offset] === 0x00 && data.length === 3) {
      return { reference: data.readUInt8(0), total: data.readUInt8(1), sequence: data.readUInt8(2) };
    }
    if (header[offset] === 0x08 && data.length === 4) {
      return { reference: data.readUInt16BE(0), total: data.readUInt8(2), sequence: data.readUInt8(3) };
    }
    offset += 2 + length;
  }
  return null;
}

function pieceOfFields(delivery: Delivery): InboundPart['piece'] {
  const { sar_msg_ref_num: reference, sar_total_segments: total, sar_segment_seqnum: sequence } = delivery;
  return reference === null || total === null || sequence === null ? null : { reference, total, sequence };
}

/** One of one, or the fourth of three, is a message for itself. */
function checkPiece(piece: InboundPart['piece']): InboundPart['piece'] {
  return piece !== null && piece.total > 1 && piece.sequence >= 1 && piece.sequence <= piece.total ? piece : null;
}

function toInternational(address: string): string {
  const digits = address.replace(/^(\+|00)/, '');
  return /^\d{7,15}$/.test(digits) ? `+${digits}` : address;
}
