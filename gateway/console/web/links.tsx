import type { LinkStatus } from '#gateway/model/link-status.ts';
import { State } from './condition.tsx';
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
  const { condition, word, text, usedShare } = summarizeLink(link, bytesPerSecond);
  return (
    <li>
      <span class="link-name">{link.id}</span>
      <State condition={condition} word={word} />
      <p>{text}</p>
      {usedShare !== undefined && (
        <span class="budget" aria-hidden="true">
          <i style={{ width: `${usedShare * 100}%` }} />
        </span>
      )}
    </li>
  );
}
