import { v7 as uuidv7 } from 'uuid';

/** What an id may point at; the prefix is part of the id everywhere: columns, JSON, logs, addresses. */
export type IdPrefix =
  | 'lead'
  | 'stage'
  | 'field'
  | 'visit'
  | 'run'
  | 'chain'
  | 'msg'
  | 'line'
  | 'file'
  | 'rcpt'
  | 'tl'
  | 'hook'
  | 'wrk'
  | 'user';

/** An id such as `lead_0199f3c2a4b87c3d8e5f60718293a4b5`: a prefix and a time-ordered UUID version 7 without dashes. */
export type Id<P extends IdPrefix> = `${P}_${string}`;

export type LeadId = Id<'lead'>;
export type StageId = Id<'stage'>;
export type FieldId = Id<'field'>;
export type VisitId = Id<'visit'>;
export type RunId = Id<'run'>;
export type ChainId = Id<'chain'>;
export type MessageId = Id<'msg'>;
export type LineId = Id<'line'>;
export type FileId = Id<'file'>;
export type TimelineId = Id<'tl'>;
export type WorkerId = Id<'wrk'>;
export type WorkspaceId = `ws_${string}`;

/** Mints an id; two ids minted one after the other in a process sort in that order as text. */
export function newId<P extends IdPrefix>(prefix: P): Id<P> {
  return `${prefix}_${uuidv7().replaceAll('-', '')}`;
}
