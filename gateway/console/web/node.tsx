import type { ComponentChildren } from 'preact';
import { type Condition, conditionOf, State } from './condition.tsx';
import { formatRate } from './format.ts';

/** See {@link Node}. */
interface NodeProps {
  readonly name: string;
  readonly kind: string;
  readonly state: string;
  /** Shown in place of the state. */
  readonly word?: string;
  /** That of the state unless stated. */
  readonly condition?: Condition;
  /** Events per second; absent where events are not counted. */
  readonly rate?: number;
  readonly children: ComponentChildren;
  /** What can be done here. */
  readonly action?: ComponentChildren;
  /** Sentences without their ends, such as what it waits for. */
  readonly notes?: readonly string[];
}

/** A part of the gateway that events pass. */
export function Node(props: NodeProps) {
  const { name, kind, state, word = state, condition = conditionOf(state), rate, children, action, notes = [] } = props;
  return (
    <article class={`node ${condition}`} aria-label={name}>
      <header>
        <h4>{name}</h4>
        <State condition={condition} word={word} />
      </header>
      <p class="kind">{kind}</p>
      <div class="pace">
        {rate !== undefined && (
          <p class="rate">
            <b>{formatRate(rate)}</b> events/s
          </p>
        )}
        {action}
      </div>
      <dl>{children}</dl>
      {notes.map((note, index) => (
        <p class="note" key={index}>
          {note}
        </p>
      ))}
    </article>
  );
}

/** A number with its name. */
export function Figure({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}
