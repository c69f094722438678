import type { ComponentChildren } from 'preact';

/** How things stand, never said by colour alone; `idle` is neither good nor bad, such as what a link holds back on purpose. */
export type Condition = 'good' | 'busy' | 'bad' | 'idle';

const SHAPES: Readonly<Record<Condition, ComponentChildren>> = {
  good: <path d="M4.5 8.3l2.4 2.4 4.8-5.2" />,
  busy: <path d="M8 4.5V8l2.4 1.6" />,
  bad: <path d="M8 4.4v4.2M8 11.3v.2" />,
  idle: <path d="M5 8h6" />,
};

/** An icon and a word, in the colour of the condition. */
export function State({ condition, word }: { readonly condition: Condition; readonly word: string }) {
  return (
    <span class={`state ${condition}`}>
      <svg viewBox="0 0 16 16" aria-hidden="true">
        <circle cx="8" cy="8" r="6.8" />
        {SHAPES[condition]}
      </svg>
      {word}
    </span>
  );
}

const CONDITIONS: Readonly<Record<string, Condition>> = {
  ok: 'good',
  open: 'good',
  online: 'good',
  running: 'good',
  opening: 'busy',
  connecting: 'busy',
  waiting: 'bad',
  silent: 'busy',
  lost: 'bad',
  full: 'bad',
  failed: 'bad',
  paused: 'bad',
  starting: 'busy',
  held: 'bad',
  killed: 'bad',
};

/** The condition behind the name of a state; a state that this page does not know is neither good nor bad. */
export function conditionOf(state: string): Condition {
  return CONDITIONS[state] ?? 'idle';
}
