import type { DbcMessage } from './dbc.ts';
import type { SignalDraft } from './read-signal.ts';

/** A file while it is being read, and what in it speaks of things that may come later. */
export interface DbcDraft {
  /** In the order of the file. */
  readonly messages: MessageDraft[];
  readonly nodes: string[];
  readonly tables: Map<string, ReadonlyMap<bigint, string>>;
  readonly definitions: Map<string, AttributeDefinition>;
  readonly defaults: Map<string, string | number>;
  readonly statements: Statement[];
}

/** A message while its file is being read. */
export interface MessageDraft extends Omit<DbcMessage, 'signals' | 'attributes' | 'transmitters'> {
  /** The identifier in the text, for warnings. */
  readonly at: number;
  readonly writtenId: bigint;
  name: string;
  comment?: string;
  readonly transmitters: Set<string>;
  /** Absent while there are none. */
  attributes?: Map<string, string | number>;
  readonly signals: SignalDraft[];
  /** A signal of it could not be read: nobody knows what it was. */
  hasLostSignal?: boolean;
  /** Left out of the result, but statements may speak of it. */
  readonly isHidden: boolean;
}

/** `BA_DEF_`: what values of an attribute mean. */
export type AttributeDefinition =
  | { readonly type: 'number' | 'text' }
  | { readonly type: 'enumeration'; readonly values: readonly string[] };

/** What a statement speaks of. */
export type Subject =
  | { readonly kind: 'network' | 'other' }
  | { readonly kind: 'node'; readonly name: string; readonly at: number }
  | { readonly kind: 'message'; readonly id: bigint; readonly at: number }
  | { readonly kind: 'signal'; readonly id: bigint; readonly name: string; readonly at: number };

/** Something said about a thing that may be defined before or after. */
export type Statement =
  | { readonly kind: 'comment'; readonly subject: Subject; readonly text: string }
  | {
      readonly kind: 'attribute';
      readonly subject: Subject;
      readonly name: string;
      readonly value: string | number;
      readonly at: number;
    }
  | { readonly kind: 'transmitters'; readonly subject: Subject; readonly names: readonly string[] }
  | { readonly kind: 'labels'; readonly subject: Subject; readonly labels: ReadonlyMap<bigint, string> }
  | { readonly kind: 'labelTable'; readonly subject: Subject; readonly table: string; readonly at: number }
  | { readonly kind: 'valueType'; readonly subject: Subject; readonly type: bigint; readonly at: number }
  | {
      readonly kind: 'selector';
      readonly subject: Subject;
      readonly multiplexor: string;
      readonly ranges: readonly (readonly [from: number, to: number])[];
    };
