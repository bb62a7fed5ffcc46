/** The part of npm `smpp` 0.5.1 that we use; the package brings no types. https://github.com/farhadi/node-smpp */
declare module 'smpp' {
  import type { EventEmitter } from 'node:events';
  import type { Server as NetServer, Socket } from 'node:net';

  export interface Pdu {
    readonly command: string;
    command_status: number;
    sequence_number: number;
    isResponse(): boolean;
    response(fields?: Record<string, unknown>): Pdu;
    [field: string]: unknown;
  }

  export interface Session extends EventEmitter {
    readonly socket: Socket;
    /** False when the socket is closed: nothing was written. */
    send(pdu: Pdu, onAnswer?: (answer: Pdu) => void): boolean;
    destroy(): void;
  }

  export interface SessionOptions {
    host: string;
    port: number;
    tls: boolean;
    noDelay: boolean;
    keepAlive: boolean;
  }

  interface FieldType {
    read(buffer: Buffer, offset: number, length?: number): unknown;
  }

  interface Field {
    type: FieldType;
    filter?: unknown;
  }

  const smpp: {
    connect(options: SessionOptions): Session;
    createServer(options: { key?: string; cert?: string }, onSession: (session: Session) => void): NetServer;
    PDU: new (command: string, fields?: Record<string, unknown>) => Pdu;
    commands: Record<'submit_sm' | 'deliver_sm', { params: Record<'short_message', Field> }>;
    tlvs: Record<'message_payload' | 'receipted_message_id', Field>;
    types: { tlv: { buffer: FieldType } };
    encodings: { ASCII: { encode(text: string): Buffer; decode(bytes: Buffer): string } };
    errors: Record<string, number>;
  };
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, which Node gives as the default export.
  export default smpp;
}
