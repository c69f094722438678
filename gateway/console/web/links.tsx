import type { LinkStatus } from '#gateway/model/link-status.ts';
import { type Condition, State } from './condition.tsx';
import { live } from './gateway-feed.ts';
import { summarizeLink } from './summarize-link.ts';

/** Each link in a line: what its mode lets through, and what of the day is used; nothing where none is configured. */
export function Links() {
  const view = live.value;
  const { links = [] } = view?.status ?? {};
  if (view === undefined || links.length === 0) return null;
  return (
    <ul class="links" aria-label="Links">
      {links.map((link) => (
        <LinkLine key={link.id} link={link} bytesPerSecond={view.rates.links[link.id] ?? 0} />
      ))}
    </ul>
  );
}

function LinkLine({ link, bytesPerSecond }: { readonly link: LinkStatus; readonly bytesPerSecond: number }) {
  const { condition, word, text, advice, usedShare } = summarizeLink(link, bytesPerSecond);
  return (
    <li>
      <span class="link-name">{link.id}</span>
      <State condition={condition} word={word} />
      <div class="link-text">
        <p>{text}</p>
        {advice !== undefined && <p class="advice">{advice}</p>}
      </div>
      {usedShare !== undefined && <Budget condition={condition} usedShare={usedShare} />}
    </li>
  );
}

/** The text beside it says the same in bytes. */
function Budget({ condition, usedShare }: { readonly condition: Condition; readonly usedShare: number }) {
  return (
    <span class={`budget ${condition}`} aria-hidden="true">
      <b>{Math.floor(usedShare * 100)} %</b>
      <span>
        <i style={{ width: `${usedShare * 100}%` }} />
      </span>
    </span>
  );
}
